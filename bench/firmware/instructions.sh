#!/usr/bin/env bash
# Instructions for each byte of target, on both boards in QEMU. `tools/bench.sh instructions` builds and runs this.
# usage: bench/firmware/instructions.sh FOLDER     where the build put the programs
set -eu
[ $# -eq 1 ] || { sed -n '/^# usage/s/^# //p' "$0" >&2; exit 2; }
table=$("$(dirname "$0")/measure.sh" "$1")
awk -F '\t' 'NR == 1 || /instructions/ { printf "%-56s %24s %24s\n", $1, $2, $3 }' <<<"$table"
