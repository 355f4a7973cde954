#!/usr/bin/env bash
# Builds the update program once more, with signatures: Mbed TLS from Debian's source package, a key made here, the
# patch signed with it; and the same with a patch whose signature has one wrong bit.
# usage: build.sh FOLDER     where the build put the example's programs: build/examples/cortex-m
# Makes FOLDER/signed-BOARD.elf and FOLDER/forged-BOARD.elf. Exit code 77 where the source cannot be had.
set -eu
[ $# -eq 1 ] || { sed -n '/^# usage/s/^# //p' "$0" >&2; exit 2; }
folder=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
example=$(dirname "$here")
include=$example/../../include
tmd=$folder/../../tools/cli/tmd
mbedtls=$folder/mbedtls
work=$folder/signed
library_files=(asn1parse asn1write bignum constant_time ecdsa ecp ecp_curves memory_buffer_alloc platform
  platform_util sha256)
mkdir -p "$work"
exec 9>"$work/lock"
flock 9  # Tests that need this run side by side.

if ! "$tmd" keygen --help >/dev/null 2>&1; then
  echo "tmd is built without signatures"
  exit 77
fi
"$here/fetch_mbedtls.sh" "$mbedtls"
mbedtls_flags=(-isystem "$mbedtls/include" "-DMBEDTLS_CONFIG_FILE=<mbedtls_config.h>" -I"$here")
[ -f "$work/key.pem" ] || "$tmd" keygen "$work/key.pem" --header "$work/model_key.hpp" >/dev/null
"$tmd" sign "$folder/update.tmd" --key "$work/key.pem" -o "$work/signed.tmd" >/dev/null

# The body is not signed: the last byte of the manifest's block is. It stands before the body.
body=$("$tmd" inspect "$folder/update.tmd" --json | awk -F '[:,]' '/"body_bytes"/ { print $2 + 0 }')
last=$(($(stat -c %s "$work/signed.tmd") - body - 1))
cp "$work/signed.tmd" "$work/forged.tmd"
byte=$(od -An -tu1 -j "$last" -N 1 "$work/signed.tmd")
printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$work/forged.tmd" bs=1 seek="$last" conv=notrunc status=none

# build MACHINE CPU
build() {
  local cpu=(-mcpu="$2" -mthumb) objects=$work/$1 name file
  mkdir -p "$objects"
  for file in "${library_files[@]}"; do
    [ "$objects/$file.o" -nt "$here/mbedtls_config.h" ] ||
      arm-none-eabi-gcc "${cpu[@]}" -Os -ffunction-sections -fdata-sections "${mbedtls_flags[@]}" \
        -c "$mbedtls/library/$file.c" -o "$objects/$file.o"
  done
  arm-none-eabi-g++ "${cpu[@]}" -std=c++17 -Os -ffreestanding -fno-exceptions -fno-rtti -fno-threadsafe-statics \
    -ffunction-sections -fdata-sections -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror "${mbedtls_flags[@]}" \
    -I"$include" -I"$example" -I"$example/board" -I"$example/board/$1" -I"$work" \
    -c "$example/update.cpp" -o "$objects/update.o"
  for name in signed forged; do
    "$folder/make_images" "$folder/base.tflite" "$folder/finetune.tflite" "$work/$name.tmd" "$objects/$name.S"
    arm-none-eabi-g++ "${cpu[@]}" -nostartfiles -specs=nano.specs -Wl,--gc-sections -L"$example/board" \
      -T "$example/board/$1/memory.ld" "$folder/startup-$1.o" "$objects"/*.o "$objects/$name.S" \
      -o "$folder/$name-$1.elf"
  done
}
build mps2-an386 cortex-m4
build microbit cortex-m0
