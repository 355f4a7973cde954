#!/usr/bin/env bash
# Measures anew, and writes the figures where they stand: bench/firmware/figures.tsv and two tables in README.md.
# usage: bench/firmware/update_figures.sh FOLDER     where the build put the programs: build/bench/firmware
set -eu
[ $# -eq 1 ] || { sed -n '/^# usage/s/^# //p' "$0" >&2; exit 2; }
root=$(cd "$(dirname "$0")/../.." && pwd)
table=$("$root/bench/firmware/measure.sh" "$1")
printf '%s\n' "$table" >"$root/bench/firmware/figures.tsv"

# The README's table is what stands between its head and the next line that is not of a table.
awk -F '\t' '
  NR == FNR { row[++rows] = "| " $1 " | " $2 " | " $3 " |"; next }
  /^\| figure \| Cortex-M4/ {
    print row[1]; print "| --- | ---: | ---: |"
    for (i = 2; i <= rows; ++i) print row[i]
    inside = 1; next
  }
  inside && /^\|/ { next }
  { inside = 0; print }' <(printf '%s\n' "$table") "$root/README.md" >"$root/README.md.part"
mv "$root/README.md.part" "$root/README.md"

# In the comparison with other tools, three cells.
"$root/bench/firmware/comparison_cells.sh" "$root/bench/firmware/figures.tsv" | while read -r cell; do
  sed -i "s/^${cell% [0-9]*} [0-9,]* |/$cell/" "$root/README.md"
done
