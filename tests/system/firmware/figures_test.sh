#!/usr/bin/env bash
# Measures again what bench/firmware/figures.tsv says, and compares: 10 % slack, either way.
# usage: figures_test.sh measure|compare-only ARGUMENT FIGURES
# measure FOLDER: with the programs there. compare-only TABLE: with a table that was measured before.
set -u
here=$(cd "$(dirname "$0")" && pwd)
measured=$(mktemp)
trap 'rm -f "$measured"' EXIT
case $1 in
  measure) "$here/../../../bench/firmware/measure.sh" "$2" >"$measured" || exit 1 ;;
  compare-only) cat "$2" >"$measured" ;;
esac

awk -F '\t' '
  function off(committed, now) { return now > committed * 1.1 || now < committed * 0.9 }
  FNR == 1 { if (NR == 1) head = $0; else if ($0 != head) { print "FAILED: the boards differ"; ++failures } next }
  FILENAME == ARGV[1] { m4[$1] = $2; m0[$1] = $3; next }
  {
    ++compared
    if (!($1 in m4)) { printf "FAILED: %s is not in the table\n", $1; ++failures; next }
    verdict = off(m4[$1], $2) || off(m0[$1], $3) ? "FAILED" : "ok"
    failures += verdict == "FAILED"
    printf "%-6s %-55s M4 %s (table %s), M0 %s (table %s)\n", verdict, $1, $2, m4[$1], $3, m0[$1]
    delete m4[$1]
  }
  END {
    for (name in m4) { printf "FAILED: %s was not measured\n", name; ++failures }
    exit failures > 0 || compared == 0
  }' "$3" "$measured"
compared=$?
# The README quotes the table, and three cells of it beside other tools.
awk -F '\t' '{ print "| " $1 " | " $2 " | " $3 " |" }' "$3" | while read -r line; do
  grep -qxF -- "$line" "$here/../../../README.md" || { echo "FAILED: README.md does not say: $line"; exit 1; }
done &&
  "$here/../../../bench/firmware/comparison_cells.sh" "$here/../../../bench/firmware/figures.tsv" |
  while read -r cell; do
    grep -qF -- "$cell" "$here/../../../README.md" || { echo "FAILED: README.md does not say: $cell"; exit 1; }
  done
quoted=$?
[ "$compared" -eq 0 ] && [ "$quoted" -eq 0 ] && exit
echo "bench/firmware/figures.tsv is more than 10 % off, or README.md differs from it. Where that is meant:"
echo "  bench/firmware/update_figures.sh build/bench/firmware"
exit 1
