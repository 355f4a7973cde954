#!/usr/bin/env bash
# On an STM32H7 with Mbed OS flash is read with bus faults masked, and not by FlashIAP, which would take them; elsewhere
# FlashIAP reads.
# usage: mbed_h7_test.sh INCLUDE
set -eu
include=$1
command -v arm-none-eabi-g++ >/dev/null || { echo "skipped: arm-none-eabi-g++ is absent"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/FlashIAP.h" <<'CPP'
#pragma once
#include <cstdint>
namespace mbed {
class FlashIAP {
 public:
  int init();
  int read(void* buffer, std::uint32_t addr, std::uint32_t size);
  int program(const void* buffer, std::uint32_t addr, std::uint32_t size);
  int erase(std::uint32_t addr, std::uint32_t size);
  std::uint32_t get_page_size() const;
  std::uint32_t get_sector_size(std::uint32_t addr) const;
  std::uint32_t get_flash_start() const;
  std::uint32_t get_flash_size() const;
  std::uint8_t get_erase_value() const;
};
}  // namespace mbed
CPP
cat >"$work/user.cpp" <<'CPP'
#include "tmd/port/mbed_flash.hpp"
tmd::port::MbedFlash flash;
tmd::Status read(std::uint8_t* to) {
  bool blank = false;
  const tmd::Status status = flash.is_blank(0, 8, blank);
  return status == tmd::Status::ok ? flash.read(0, tmd::MutableBytes(to, 8)) : status;
}
CPP
# usage: masks_and_calls OPTIONS…: whether the program masks faults, and whether FlashIAP reads for it.
masks_and_calls() {
  arm-none-eabi-g++ -std=gnu++14 -mcpu=cortex-m7 -mthumb -Os -fno-exceptions -fno-rtti -Wall -Wextra -Werror \
    "$@" -I"$include" -I"$work" -c "$work/user.cpp" -o "$work/user.o"
  arm-none-eabi-objdump -dr "$work/user.o" | awk '
    /cpsid.*f/ { masks = "masks" } /FlashIAP4read/ { calls = "calls" } END { print masks calls }'
}
for options in '-DTARGET_STM32H7 masks' '-DTARGET_NRF52840 calls'; do
  found=$(masks_and_calls "${options% *}")
  [ "$found" = "${options#* }" ] || { echo "FAILED: ${options% *}: '$found'"; exit 1; }
done
