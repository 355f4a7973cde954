#!/usr/bin/env bash
# A program in C over the device half: compiled as C99, linked by the C compiler, without the C++ library.
# usage: c_api_test.sh SOURCE_ROOT TMD C_COMPILER C++_COMPILER
set -eu
root=$1 tmd=$(realpath "$2") cc=$3 cxx=$4
here=$root/tests/system/c
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

warnings=(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
for source in ram_flash host_update; do
  "$cc" -std=c99 -O1 "${warnings[@]}" -I"$root/include" -c "$here/$source.c" -o "$source.o"
done
"$cxx" -std=c++17 -O1 "${warnings[@]}" -fno-exceptions -fno-rtti -I"$root/include" -c "$here/tmd_device.cpp" \
  -o tmd_device.o
"$cc" host_update.o ram_flash.o tmd_device.o -o host_update
if nm -u host_update | grep -E 'GLIBCXX|CXXABI|_Z'; then
  echo "FAILED: it asks for a C++ library"
  exit 1
fi
# Two models that share most of what they are.
seq 1 9000 | tr '0-9' '\200-\211' >base
LC_ALL=C sed 's/\x87\x87/\x87\x86/' base >target
"$tmd" diff /dev/null base -o first.tmd >/dev/null
"$tmd" diff base target -o update.tmd >/dev/null
./host_update first.tmd base update.tmd target
