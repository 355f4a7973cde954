#!/usr/bin/env bash
# examples/pico on an emulated RP2040 (npm's rp2040js), with power that goes in the middle of flash operations: the
# example as it stands, over a bare-metal start-up and the boot ROM's flash calls.
# usage: rp2040_test.sh TMD
. "$(dirname "$0")/lib.sh"
needs_driver rp2040_flash
needs node npm arm-none-eabi-g++
here=$root/tests/system/packages/rp2040
export TMD_NODE_MODULES=${TMD_NODE_MODULES:-$root/build/npm/node_modules}
[ -d "$TMD_NODE_MODULES/rp2040js" ] ||
  npm install --silent --no-fund --no-audit --prefix "$(dirname "$TMD_NODE_MODULES")" rp2040js@1.4.1 >/dev/null 2>&1 ||
  skip "npm's rp2040js cannot be had"
check_terminal "$root/examples/pico/main.cpp"
make_patches "$1"
arm-none-eabi-g++ -std=c++17 -mcpu=cortex-m0plus -mthumb -Os -fno-exceptions -fno-rtti -fno-threadsafe-statics \
  -ffunction-sections -fdata-sections -Wall -Wextra -I"$root/include" -I"$here/sdk" -nostartfiles -specs=nano.specs \
  -Wl,--gc-sections -T "$here/memory.ld" "$here/start.cpp" "$root/examples/pico/main.cpp" -o "$work/firmware.elf"
arm-none-eabi-objcopy -O binary "$work/firmware.elf" "$work/firmware.bin"
echo "$(arm-none-eabi-size "$work/firmware.elf" | awk 'NR == 2 { print "text " $1 ", data " $2 ", bss " $3 }')"
node "$here/run.mjs" "$work/firmware.bin" "$work"
# Cuts early and late, in erases and programs, in both updates and right after a restart.
node "$here/run.mjs" "$work/firmware.bin" "$work" 0 1 2 3 5 8 13 21 34 20 3 0 0 1 40 17 2 | tee "$work/output"
[ "$(sed -n 's/^\([0-9]*\) power cuts.*/\1/p' "$work/output")" -ge 12 ] || fail "too few cuts took place"
