#!/usr/bin/env bash
# Writes what was measured on boards as a header.
# usage: measured_figures.sh FIGURES RAM OUTPUT
set -eu
{
  echo '// Made from bench/firmware/figures.tsv and ram.tsv.'
  echo '#pragma once'
  echo 'namespace tmd::host::sizing::measured {'
  # name_of FIGURE CONSTANT: the column of the Cortex-M4.
  figure() {
    awk -F '\t' -v name="$1" -v constant="$2" '
      $1 == name { printf "constexpr double %s = %s;\n", constant, $2; ++found }
      END { exit found != 1 }' "$figures" || { echo "measured_figures.sh: no figure '$1'" >&2; exit 1; }
  }
  figures=$1
  figure 'device half: code (bytes)' kCode
  figure 'one slot, staging, full models: code (bytes)' kOneSlotCode
  figure 'one slot, staging: RAM (bytes)' kOneSlotRam
  figure 'deepest stack of a whole update (bytes)' kStack
  figure 'whole update of a fine-tuned model (instructions/byte)' kInstructionsPerByte
  awk -F '\t' '
    NR > 1 { printf "constexpr double kUpdater_%s_%s_%s = %s;\nconstexpr double kStore_%s_%s_%s = %s;\n",
             $1, $2, $3, $4, $1, $2, $3, $5; ++found }
    END { exit found < 2 }' "$2"
  echo '}  // namespace tmd::host::sizing::measured'
} >"$3.part"
mv "$3.part" "$3"
