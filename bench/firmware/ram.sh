#!/usr/bin/env bash
# Prints how much RAM updater and store take on a Cortex-M4 with other buffers, as a table with tabs between its fields:
# decoder, page, checkpoint interval, bytes of the updater, bytes of the store.
# usage: bench/firmware/ram.sh > bench/firmware/ram.tsv
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
arm-none-eabi-g++ -std=c++17 -mcpu=cortex-m4 -mthumb -Os -ffreestanding -fno-exceptions -fno-rtti \
  -I"$here/../../include" -c "$here/ram.cpp" -o "$work/ram.o"
printf 'decoder\tpage\tinterval\tupdater\tstore\n'
arm-none-eabi-nm -S -t d "$work/ram.o" | awk '
  $4 ~ /^(updater|store)_/ {
    at = index($4, "_")
    bytes[substr($4, 1, at - 1), substr($4, at + 1)] = $2 + 0
    names[substr($4, at + 1)]
  }
  END {
    for (name in names) {
      split(name, parts, "_")
      printf "%s\t%s\t%s\t%d\t%d\n", parts[1], parts[2], parts[3], bytes["updater", name], bytes["store", name]
    }
  }' | sort -t "$(printf '\t')" -k1,1 -k2,2n -k3,3n
