#!/usr/bin/env bash
# Makes a key, a signed patch and the program that takes it, and runs that in QEMU on a Cortex-M4.
# usage: run.sh FOLDER TMD MAKE_IMAGES BASE TARGET
# Ends with 77 (skipped) where Debian's source of Mbed TLS, the cross compiler or QEMU cannot be had.
set -eu
[ $# -eq 5 ] || { sed -n '/^# usage/s/^# //p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
tmd=$2
make_images=$3
base=$(realpath "$4")
target=$(realpath "$5")
root=$here/../../..
board=$here/..
for program in arm-none-eabi-g++ qemu-system-arm; do
  command -v $program > /dev/null || { echo "skipped: $program is absent"; exit 77; }
done
mkdir -p "$folder"
"$here/build_mbedtls.sh" "$folder/mbedtls"

rm -f "$folder"/release*
"$tmd" keygen "$folder/release.pem" --header "$folder/release_key.hpp"
"$tmd" diff "$base" "$target" -o "$folder/update.tmd" --sign "$folder/release.pem" > /dev/null
"$make_images" "$base" "$target" "$(realpath "$folder/update.tmd")" "$folder/images.S"
compile=(arm-none-eabi-g++ -mcpu=cortex-m4 -mthumb -std=c++17 -Os -ffreestanding -fno-exceptions -fno-rtti
  -fno-threadsafe-statics -ffunction-sections -fdata-sections -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
  -I"$root/include" -I"$board" -I"$board/board" -I"$board/board/mps2-an386" -I"$folder" -I"$here"
  -isystem "$folder/mbedtls/include" '-DMBEDTLS_CONFIG_FILE="mbedtls_config.h"')
"${compile[@]}" -c "$here/signed_update.cpp" -o "$folder/signed_update.o"
"${compile[@]}" -c "$board/board/startup.cpp" -o "$folder/startup.o"
arm-none-eabi-g++ -mcpu=cortex-m4 -mthumb -nostartfiles -specs=nano.specs -specs=nosys.specs -Wl,--gc-sections \
  -Wl,--no-warn-rwx-segments -Wl,--defsym=end=stack_bottom -Wl,-Map="$folder/signed_update.map" -L"$board/board" \
  -T "$board/board/mps2-an386/memory.ld" "$folder/startup.o" "$folder/signed_update.o" "$folder/images.S" \
  "$folder/mbedtls/libmbedcrypto.a" -o "$folder/signed_update.elf" 2> "$folder/link.log" ||
  { cat "$folder/link.log" >&2; exit 1; }
"$board/run.sh" mps2-an386 "$folder/signed_update.elf"
# Code and constants that Mbed TLS has in the program, out of the linker's map.
awk '/^Memory map|^Linker script and memory map/ { on = 1 }
  on && /libmbedcrypto\.a/ { for (i = 1; i < NF; ++i) if ($i ~ /^0x/ && $(i + 1) ~ /^0x/) print $(i + 1) }' \
  "$folder/signed_update.map" > "$folder/sizes"
total=0
while read -r size; do total=$((total + size)); done < "$folder/sizes"
printf 'code and data of Mbed TLS\t%d\n' "$total"
