#!/usr/bin/env bash
# Builds the example for a Cortex-M4 with the models and the patch that are given, and runs it in QEMU: gestures are
# shown to the model before the update, the patch comes in packets of 20 bytes with a power cut, and after it they are
# shown again. usage: run.sh FOLDER [BASE TARGET PATCH WINDOWS]
# With a folder alone: compiles what needs none of them, for the next run. Ends with 77 (skipped) where the cross
# compiler or QEMU is absent.
set -eu
[ $# -eq 1 ] || [ $# -eq 5 ] || { sed -n 's/.*usage: /usage: /p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
board=$here/../../bench/firmware
for program in arm-none-eabi-g++ qemu-system-arm; do
  command -v $program > /dev/null || { echo "skipped: $program is absent"; exit 77; }
done
mkdir -p "$1"
compile() {
  for source in "$here/main.cpp" "$board/board/startup.cpp"; do
    arm-none-eabi-g++ -mcpu=cortex-m4 -mthumb -std=c++17 -Os -ffreestanding -fno-exceptions -fno-rtti \
      -fno-threadsafe-statics -ffunction-sections -fdata-sections -I"$here/../../include" -I"$here/../../tools" \
      -I"$board" -I"$board/board" -I"$board/board/mps2-an386" -c "$source" -o "$1/$(basename "$source" .cpp).o"
  done
}
[ $# -eq 5 ] || { compile "$1"; exit 0; }
folder=$(realpath "$1") base=$(realpath "$2") target=$(realpath "$3") patch=$(realpath "$4") windows=$(realpath "$5")
# digest_of FILE: its SHA-256 as the operand of .byte
digest_of() { sha256sum "$1" | cut -d' ' -f1 | sed 's/../0x&,/g; s/,$//'; }
cat > "$folder/images.S" << END
.global base_image, base_image_end, base_digest, patch_image, patch_image_end, target_digest
.global windows_image, windows_image_end
.section .factory_model, "a"
.balign 16
base_image: .incbin "$base"
base_image_end:
  .balign 16, 0xFF
.section .rodata
patch_image: .incbin "$patch"
patch_image_end:
base_digest:
  .byte $(digest_of "$base")
target_digest:
  .byte $(digest_of "$target")
windows_image: .incbin "$windows"
windows_image_end:
END
[ -f "$folder/startup.o" ] || compile "$folder"
arm-none-eabi-g++ -mcpu=cortex-m4 -mthumb -nostartfiles -specs=nano.specs -Wl,--gc-sections \
  -Wl,--no-warn-rwx-segments -L"$board/board" -T "$board/board/mps2-an386/memory.ld" \
  "$folder/main.o" "$folder/startup.o" "$folder/images.S" -o "$folder/example.elf"
rm "$folder/main.o" "$folder/startup.o"
exec "$board/run.sh" mps2-an386 "$folder/example.elf"
