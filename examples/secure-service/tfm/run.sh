#!/usr/bin/env bash
# Links a program of the non-secure world against the veneers of a TF-M image with the model service, and runs both in
# QEMU. usage: tfm/run.sh TFM_BUILD FOLDER application|zephyr_sample
#   TFM_BUILD: TF-M's build folder, after make install   FOLDER: what ../run.sh wrote; its key and secure_images.S
#   (for zephyr_sample: sine-secure_images.S) are what the image was built with
# TF-M resets the board after a fault, and then it all begins anew: QEMU is ended after 20 seconds.
set -eu
[ $# -eq 3 ] || { sed -n '/usage: /,/^#   (/s/^# *//p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")/.." && pwd)
build=$1 folder=$2 program=$3
root=$here/../..
linked=$folder/images.S
[ "$program" = application ] || linked=$folder/sample.o

board=(-mcpu=cortex-m33+nodsp -mthumb -mfloat-abi=soft)
arm-none-eabi-g++ "${board[@]}" -std=c++17 -Os -g -ffreestanding -fno-exceptions -fno-rtti -fno-threadsafe-statics \
  -I"$here/monitor" -I"$here/service" -I"$root/bench/firmware/board" -I"$root/include" \
  -c "$here/application/$program.cpp" -o "$folder/tfm-$program.o"
arm-none-eabi-g++ "${board[@]}" -nostartfiles -specs=nano.specs -specs=nosys.specs -Wl,--no-warn-rwx-segments \
  -Wl,--defsym,tmd_psa_call_veneer=tfm_psa_call_veneer -L"$here/application" -T "$here/tfm/nonsecure.ld" \
  "$folder/tfm-$program.o" "$linked" "$build/api_ns/interface/lib/s_veneers.o" -lm -o "$folder/tfm-$program.elf"
exec timeout 20 qemu-system-arm -M mps2-an521 -nographic -monitor none -serial null \
  -semihosting-config enable=on,target=native -kernel "$build/bin/tfm_s.axf" \
  -device loader,file="$folder/tfm-$program.elf"
