#!/usr/bin/env bash
# What the device half weighs in flash: bytes by part of include/tmd, then by symbol.
# usage: bench/firmware/code_size.sh OBJECT
# An object with debug lines, as the build makes of bench/firmware/device_half.cpp.
set -eu
[ $# -eq 1 ] || { sed -n '/^# usage/s/^# //p' "$0" >&2; exit 2; }

# Constructors have two names for one body: count each address in each section once.
symbols() {
  arm-none-eabi-nm --size-sort --print-size --line-numbers "$1" |
    awk '$3 ~ /^[tTrRvVwW]$/ {
      name = $4; sub(/C[12]E/, "C1E", name)
      if (seen[name]++) next
      part = $5; sub(/:[0-9]+$/, "", part)
      if (part ~ /include\/tmd\//) sub(/.*include\//, "", part); else part = "caller,constants"
      print $2, part, $4
    }' |
    while read -r size part name; do printf '%d\t%s\t%s\n' "0x$size" "$part" "$name"; done
}

symbols "$1" | awk -F '\t' '
  { part = $2; sub(/^tmd\/internal\//, "tmd/", part); if (split(part, path, "/") > 2) part = path[1] "/" path[2]
    bytes[part] += $1; all += $1 }
  END { for (part in bytes) printf "%7d  %s\n", bytes[part], part; printf "%7d  all\n", all }' | sort -n
echo
symbols "$1" | sort -n | c++filt
