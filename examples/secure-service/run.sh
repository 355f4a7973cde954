#!/usr/bin/env bash
# Makes a key, signed patches and both worlds' programs, and runs them in QEMU; every line that must come out is looked
# for. usage: run.sh FOLDER MACHINE TMD MAKE_IMAGES MBEDTLS BASE TARGET WINDOWS SINE
#   MACHINE: mps2-an505 or mps2-an521; MBEDTLS: a folder for Debian's Mbed TLS (bench/firmware/signed/build_mbedtls.sh)
#   SINE: a folder with sine.tflite and better.tflite (modelgen --sine), which are asked for twenty angles
# Ends with 77 (skipped) where that, the cross compiler or QEMU cannot be had.
set -eu
[ $# -eq 9 ] || { sed -n '/^# *usage/s/^# //p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
folder=$1 machine=$2 tmd=$3 make_images=$4 mbedtls=$5
base=$(realpath "$6") target=$(realpath "$7") windows=$(realpath "$8") sine=$(realpath "$9")
for program in arm-none-eabi-g++ qemu-system-arm; do
  command -v $program > /dev/null || { echo "skipped: $program is absent"; exit 77; }
done
cpu=cortex-m33+nodsp  # what both boards have: their first core lacks the instructions for signals
mkdir -p "$folder"
folder=$(realpath "$folder")
"$root/bench/firmware/signed/build_mbedtls.sh" "$mbedtls" $cpu
mbedtls=$(realpath "$mbedtls")

rm -f "$folder"/release*
"$tmd" keygen "$folder/release.pem" --header "$folder/release_key.hpp"
"$tmd" diff "$base" "$target" -o "$folder/update.tmd" --meta counter=2 --sign "$folder/release.pem" > /dev/null
"$tmd" diff "$target" "$base" -o "$folder/older.tmd" --meta counter=1 --sign "$folder/release.pem" > /dev/null
rm -f "$folder"/stranger*
"$tmd" keygen "$folder/stranger.pem" --header "$folder/stranger_key.hpp" > /dev/null
"$tmd" diff "$target" "$base" -o "$folder/forged.tmd" --meta counter=3 --sign "$folder/stranger.pem" > /dev/null
"$make_images" "$base" "$target" "$folder/update.tmd" "$folder/secure_images.S"
cat > "$folder/images.S" << END
.global patch_image, patch_image_end, older_image, older_image_end, forged_image, forged_image_end, windows_image
.section .rodata
patch_image: .incbin "$folder/update.tmd"
patch_image_end:
older_image: .incbin "$folder/older.tmd"
older_image_end:
forged_image: .incbin "$folder/forged.tmd"
forged_image_end:
windows_image: .incbin "$windows"
END

board=(-mcpu=$cpu -mthumb -mfloat-abi=soft)
compile=(arm-none-eabi-g++ "${board[@]}" -std=c++17 -Os -g -ffreestanding -fno-exceptions -fno-rtti
  -fno-threadsafe-statics -ffunction-sections -fdata-sections -Wall -Wextra -Wconversion -Wshadow -Werror
  -I"$here/monitor" -I"$here/service" -I"$here/cmsis" -I"$root/include" -I"$root/tools" -I"$root/bench/firmware"
  -I"$root/bench/firmware/board" -I"$root/bench/firmware/signed" -I"$folder" -isystem "$mbedtls/include"
  '-DMBEDTLS_CONFIG_FILE="mbedtls_config.h"')
link=(arm-none-eabi-g++ "${board[@]}" -nostartfiles -specs=nano.specs -specs=nosys.specs -Wl,--gc-sections
  -Wl,--no-warn-rwx-segments)
for source in monitor/monitor monitor/ram_flash_driver service/model_service; do
  "${compile[@]}" -mcmse -c "$here/$source.cpp" -o "$folder/$(basename "$source").o"
done
# link_worlds PREFIX APPLICATION OBJECT: both programs, from PREFIXsecure_images.S, and APPLICATION with OBJECT
link_worlds() {
  local prefix=$folder/$1
  "${link[@]}" -mcmse -T "$here/monitor/secure.ld" -Wl,--cmse-implib -Wl,--out-implib="${prefix}veneers.o" \
    "$folder/monitor.o" "$folder/ram_flash_driver.o" "$folder/model_service.o" "${prefix}secure_images.S" \
    "$mbedtls/libmbedcrypto.a" -o "${prefix}secure.elf" 2> "$folder/link.log" &&
    "${compile[@]}" -c "$here/application/$2.cpp" -o "$folder/$2.o" &&
    "${link[@]}" -L"$here/application" -T "$here/monitor/nonsecure.ld" "$folder/$2.o" "$3" "${prefix}veneers.o" -lm \
      -o "${prefix}nonsecure.elf" 2> "$folder/link.log" || { cat "$folder/link.log" >&2; exit 1; }
}
# emulate PREFIX: runs them; what they print
emulate() {
  timeout 240 qemu-system-arm -M "$machine" -nographic -monitor none -serial none -icount shift=7,sleep=off \
    -semihosting-config enable=on,target=native -kernel "$folder/$1secure.elf" \
    -device loader,file="$folder/$1nonsecure.elf" 2>&1
}

"$tmd" diff "$sine/sine.tflite" "$sine/better.tflite" -o "$folder/sine.tmd" --meta counter=2 \
  --sign "$folder/release.pem" > /dev/null
"$make_images" "$sine/sine.tflite" "$sine/better.tflite" "$folder/sine.tmd" "$folder/sine-secure_images.S"
# Zephyr's application, on the monitor.
od -An -v -tx1 "$folder/sine.tmd" | sed 's/ \(..\)/0x\1,/g' > "$folder/patch.inc"
arm-none-eabi-gcc "${board[@]}" -std=c11 -Os -g -ffreestanding -Wall -Wextra -Wconversion -Wshadow -Werror \
  -Dmain=sample_main -I"$here/monitor" -I"$here/service" -I"$folder" -c "$here/zephyr/src/main.c" \
  -o "$folder/sample.o"
link_worlds sine- zephyr_sample "$folder/sample.o"
emulate sine-

link_worlds "" application "$folder/images.S"
status=0
emulate "" > "$folder/$machine.txt" || status=$?
cat "$folder/$machine.txt"
missing=0
while IFS= read -r line; do
  [ -n "$line" ] || continue
  grep -qxF -- "$line" "$folder/$machine.txt" || { echo "MISSING: $line" >&2; missing=1; }
done < "$here/expected.txt"
[ "$status" -eq 0 ] && [ "$missing" -eq 0 ]

# What it costs, against README's table: a tenth more or less is allowed, for the numbers move with compiler and key.
{
  sed -n 's/^cost\t//p' "$folder/$machine.txt"
  arm-none-eabi-size "$folder/model_service.o" | awk 'NR == 2 { printf "service\t%d\t%d\n", $1 + $2, $3 }'
  arm-none-eabi-size "$folder/secure.elf" | awk 'NR == 2 { printf "secure world\t%d\t%d\n", $1 + $2, $3 }'
} > "$folder/costs.tsv"
awk -F '\t' '
  NR == FNR { if (split($0, cell, / *[|] */) > 4) { mean[cell[2]] = cell[3]; most[cell[2]] = cell[4] } next }
  function is_off(said, found) {
    gsub(",", "", said)
    return said != found && (said + 0 < found * 0.9 || said + 0 > found * 1.1)
  }
  {
    printf "%-14s %12s %12s\n", $1, $2, $3
    if (!($1 in mean)) { print "NOT IN README: " $1; wrong = 1 }
    else if (is_off(mean[$1], $2) || is_off(most[$1], $3)) { print "README says " mean[$1] " and " most[$1]; wrong = 1 }
  }
  END { exit wrong }' "$here/README.md" "$folder/costs.tsv"
