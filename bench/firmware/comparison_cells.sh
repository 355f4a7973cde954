#!/usr/bin/env bash
# Prints how three rows of README.md's comparison with other tools begin: code and RAM of the device half, and its work.
# usage: bench/firmware/comparison_cells.sh bench/firmware/figures.tsv
set -eu
[ $# -eq 1 ] || { sed -n '/^# usage/s/^# //p' "$0" >&2; exit 2; }
awk -F '\t' '
  { m4[$1] = $2 }
  END {
    print "| code, bytes | " m4["device half: code (bytes)"] " |"
    print "| RAM, bytes | " m4["Updater: RAM (bytes)"] + m4["ModelStore: RAM (bytes)"] " |"
    print "| instructions a byte | " m4["whole update of a fine-tuned model (instructions/byte)"] " |"
  }' "$1" | sed -E 's/([0-9])([0-9]{3}) \|$/\1,\2 |/'
