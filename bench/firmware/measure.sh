#!/usr/bin/env bash
# Measures the device half on both emulated boards: prints a table, one figure a line, separated by tabs.
# usage: bench/firmware/measure.sh FOLDER     where the build put the programs: build/bench/firmware
# Deterministic: objects are weighed, instructions are counted by QEMU, nothing depends on the host's speed.
set -eu
[ $# -eq 1 ] || { sed -n '/^# usage/s/^# //p' "$0" >&2; exit 2; }
folder=$1
here=$(cd "$(dirname "$0")" && pwd)
run=$here/run.sh
machines=(mps2-an386 microbit)

# figures MACHINE: lines "name<TAB>number"
figures() {
  local size
  size=$(arm-none-eabi-size "$folder/device_half-$1.o" | awk 'NR == 2 { print $1 + $2 }')
  printf 'device half: code (bytes)\t%s\n' "$size"
  arm-none-eabi-size "$folder/in_place_half-$1.o" | awk 'NR == 2 {
    print "one slot, staging, full models: code (bytes)\t" $1 + $2; print "one slot, staging: RAM (bytes)\t" $3 }'
  "$run" "$1" "$folder/update-$1.elf" | awk -F '\t' '
    $1 == "sizeof(Updater)" { print "Updater: RAM (bytes)\t" $2; ++found }
    $1 == "sizeof(ModelStore)" { print "ModelStore: RAM (bytes)\t" $2; ++found }
    $1 == "deepest stack" { print "deepest stack of a whole update (bytes)\t" $2; ++found }
    $1 ~ /^instructions/ { print "whole update of a fine-tuned model (instructions/byte)\t" $2; ++found }
    END { exit found != 4 }' || { echo "measure.sh: update-$1.elf failed" >&2; return 1; }
  "$run" "$1" "$folder/instructions-$1.elf" | awk -F '\t' '
    NF == 2 { print ($1 ~ /heavy/ ? "decoding, " : "") $1 " (instructions/byte)\t" $2; ++found }
    END { exit found != 7 }' || { echo "measure.sh: instructions-$1.elf failed" >&2; return 1; }
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for machine in "${machines[@]}"; do figures "$machine" >"$work/$machine"; done
printf 'figure\tCortex-M4 (%s)\tCortex-M0 (%s)\n' "${machines[@]}"
paste "$work/mps2-an386" "$work/microbit" | awk -F '\t' '{ print $1 "\t" $2 "\t" $4 }'
