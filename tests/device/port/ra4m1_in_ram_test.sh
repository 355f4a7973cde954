#!/usr/bin/env bash
# What the RA4M1 does while its code flash cannot be read lies in the section that is copied to RAM, and calls nothing
# outside of it, with every optimisation that users' builds turn on.
# usage: ra4m1_in_ram_test.sh INCLUDE
set -eu
include=$1
command -v arm-none-eabi-g++ >/dev/null || { echo "skipped: arm-none-eabi-g++ is absent"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/user.cpp" <<'CPP'
#include "tmd/port/ra4m1_flash.hpp"
// A program's own function in RAM.
__attribute__((noinline, section(".code_in_ram"))) int own(int x) { return x + 1; }
template <class Flash>
static bool use(Flash flash) {
  const std::uint8_t unit[8] = {1};
  bool blank = false;
  return flash.erase(0) == tmd::Status::ok && flash.program(0, tmd::ConstBytes(unit)) == tmd::Status::ok &&
         flash.is_blank(0, 8, blank) == tmd::Status::ok;
}
bool use_both() { return use(tmd::port::Ra4m1Flash<24>()) && use(tmd::port::Ra4m1DataFlash<24>()); }
CPP
for options in -O0 -Og -Os -O2 -O3 '-Os -std=gnu++14 -ffunction-sections'; do
  # shellcheck disable=SC2086
  arm-none-eabi-g++ -std=gnu++17 -mcpu=cortex-m4 -mthumb -fno-exceptions -fno-rtti $options -w -I"$include" \
    -c "$work/user.cpp" -o "$work/user.o"
  # Every write of the key that unlocks the mode register (0xA5) must lie in RAM; so must the function itself.
  arm-none-eabi-objdump -d "$work/user.o" | awk '
    /^Disassembly of section/ { in_ram = $4 ~ /^\.code_in_ram/ }
    /#165/ { ++keys; if (!in_ram) bad = 1 }
    END { if (bad || keys == 0) { print "FAILED: the flash sequencer is driven from flash"; exit 1 } }' ||
    { echo "with $options"; exit 1; }
  if arm-none-eabi-objdump -r "$work/user.o" | awk '
    /^RELOCATION RECORDS FOR/ { in_ram = $4 ~ /^\[\.code_in_ram/ }
    in_ram && /R_ARM_/ { print; found = 1 }
    END { exit !found }'; then
    echo "FAILED: with $options the code in RAM refers to what lies elsewhere"
    exit 1
  fi
  size=$(arm-none-eabi-size -A "$work/user.o" | awk '$1 ~ /^\.code_in_ram/ { n += $2 } END { print n }')
  echo "$options: $size bytes"
done
