#!/usr/bin/env bash
# Programs in C over the device half: compiled as C99, linked by the C compiler, without the C++ library.
# usage: c_api_test.sh SOURCE_ROOT TMD C_COMPILER C++_COMPILER
set -eu
root=$1 tmd=$(realpath "$2") cc=$3 cxx=$4
here=$root/tests/system/c
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

warnings=(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
# build PROGRAM DEVICE: PROGRAM.c and the flash in C, DEVICE.cpp in C++.
build() {
  for source in ram_flash "$1"; do
    "$cc" -std=c99 -O1 "${warnings[@]}" -I"$root/include" -c "$here/$source.c" -o "$source.o"
  done
  "$cxx" -std=c++17 -O1 "${warnings[@]}" -fno-exceptions -fno-rtti -I"$root/include" -c "$here/$2.cpp" -o "$2.o"
  "$cc" "$1.o" ram_flash.o "$2.o" -o "$1"
  if nm -u "$1" | grep -E 'GLIBCXX|CXXABI|_Z'; then
    echo "FAILED: $1 asks for a C++ library"
    exit 1
  fi
}
# pair LINES CHANGE [OPTIONS…]: two models that share most of what they are, base and target, and the patches: `first`
# from nothing to the base, `update` from there to the target.
pair() {
  seq 1 "$1" | tr '0-9' '\200-\211' >base
  LC_ALL=C sed "$2" base >target
  "$tmd" diff /dev/null base -o first.tmd >/dev/null
  "$tmd" diff base target "${@:3}" -o update.tmd >/dev/null
}

build host_update tmd_device
pair 9000 's/\x87\x87/\x87\x86/'
./host_update first.tmd base update.tmd target
build one_slot one_slot_device
pair 3000 's/\x87\x81/\x86\x88\x89/' --in-place --block 4096
./one_slot first.tmd base update.tmd target
