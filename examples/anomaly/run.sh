#!/usr/bin/env bash
# Builds the example for a Cortex-M4 with two patches and with readings that are given, and runs it in QEMU.
# usage: run.sh FOLDER FIRST_PATCH SECOND_PATCH SUMMER.txt FAULTS.txt
# Ends with 77 (skipped) where the cross compiler or QEMU is absent.
set -eu
[ $# -eq 5 ] || { sed -n 's/.*usage: /usage: /p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
board=$here/../../bench/firmware
for program in arm-none-eabi-g++ qemu-system-arm; do
  command -v $program > /dev/null || { echo "skipped: $program is absent"; exit 77; }
done
mkdir -p "$1"
folder=$(realpath "$1")
# image NAME FILE
image() { printf '.global %s, %s_end\n%s: .incbin "%s"\n%s_end:\n' "$1" "$1" "$1" "$(realpath "$2")" "$1"; }
{
  echo '.section .rodata'
  image first_patch "$2"
  image second_patch "$3"
  image summer_text "$4"
  image faults_text "$5"
} > "$folder/images.S"
arm-none-eabi-g++ -mcpu=cortex-m4 -mthumb -std=c++17 -Os -ffreestanding -fno-exceptions -fno-rtti \
  -fno-threadsafe-statics -ffunction-sections -fdata-sections -nostartfiles -specs=nano.specs -Wall -Wextra -Werror \
  -Wl,--gc-sections -Wl,--no-warn-rwx-segments -I"$here/../../include" -I"$here/../../tools" -I"$board/board" \
  -L"$board/board" -T "$board/board/mps2-an386/memory.ld" \
  "$here/board.cpp" "$board/board/startup.cpp" "$folder/images.S" -o "$folder/anomaly.elf"
exec "$board/run.sh" mps2-an386 "$folder/anomaly.elf"
