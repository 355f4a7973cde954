#!/usr/bin/env bash
# The device half on a big-endian processor, s390x under qemu-user: its tests that need no encoder, and whole updates by
# the C program of tests/system/c with patches that the host made.
# usage: big_endian_test.sh SOURCE_ROOT TMD [NAME…]: with names, only these tests (flash, journal, staging, update)
set -u
root=$1 tmd=$2
shift 2
names=${*:-update flash digest journal staging}
cxx=s390x-linux-gnu-g++ cc=s390x-linux-gnu-gcc
command -v "$cxx" "$cc" qemu-s390x >/dev/null || { echo "what compiles for s390x or runs it is absent"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/headers"
ln -s /usr/include/doctest "$work/headers/doctest"
failed=0

# run_tests NAME SOURCE…: as one program.
run_tests() {
  local name=$1 source objects=()
  shift
  for source in "$root/tests/support/doctest_main.cpp" "$@"; do
    objects+=("$work/$name-${#objects[@]}.o")
    "$cxx" -std=c++20 -O1 -DDOCTEST_CONFIG_SUPER_FAST_ASSERTS -isystem "$work/headers" -I"$root/include" \
      -I"$root/tests" -I"$root/tools" -c "$source" -o "${objects[-1]}" || return 1
  done
  "$cxx" -static "${objects[@]}" -o "$work/$name" -pthread && qemu-s390x "$work/$name" | tail -4
  [ "${PIPESTATUS[0]}" -eq 0 ]
}

update() {
  local source
  for source in ram_flash host_update; do
    "$cc" -std=c99 -O1 -I"$root/include" -c "$root/tests/system/c/$source.c" -o "$work/$source.o" || return 1
  done
  "$cxx" -std=c++17 -O1 -I"$root/include" -c "$root/tests/system/c/tmd_device.cpp" -o "$work/device.o" &&
    "$cc" -static "$work"/{ram_flash,host_update,device}.o -o "$work/host_update" || return 1
  seq 1 9000 | tr '0-9' '\200-\211' >"$work/base"
  LC_ALL=C sed 's/\x87\x87/\x87\x86/' "$work/base" >"$work/target"
  "$tmd" diff /dev/null "$work/base" -o "$work/first.tmd" >/dev/null &&
    "$tmd" diff "$work/base" "$work/target" -o "$work/update.tmd" >/dev/null &&
    qemu-s390x "$work/host_update" "$work/first.tmd" "$work/base" "$work/update.tmd" "$work/target"
}

device=$root/tests/device
for name in $names; do
  case $name in
    update) update ;;
    flash)
      run_tests flash "$device/flash_test.cpp" \
        "$device"/flash/{counted_flash,flash_port,ram_flash,two_flashes}_test.cpp
      ;;
    digest) run_tests digest "$device"/digest/*_test.cpp ;;
    journal) run_tests journal "$device"/journal/{journal,flash_journal,memory_journal}_test.cpp ;;
    staging) run_tests staging "$device"/staging{,_damage}_test.cpp ;;
    *) false ;;
  esac || { echo "FAILED on a big-endian processor: $name"; failed=1; }
done
exit "$failed"
