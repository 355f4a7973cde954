#!/usr/bin/env bash
# What patches to be applied in place take, against those for two slots, over the pairs of a corpus whose targets are
# smaller than 110,000 bytes.
# usage: in_place_bytes.sh TMD CORPUS [BLOCK [SPARE]]
set -eu
tmd=$1 corpus=$2 block=${3:-4096} spare=${4:-3}
patch=$(mktemp)
trap 'rm -f "$patch"' EXIT
printf 'pair\ttarget\ttwo slots\tin place\n'
tail -n +2 "$corpus/pairs.tsv" | while IFS=$'\t' read -r name base target _; do
  size=$(stat -c %s "$corpus/$target")
  [ "$size" -lt 110000 ] || continue
  "$tmd" diff "$corpus/$base" "$corpus/$target" -o "$patch" --no-meta --digest crc32 --json \
    --in-place --block "$block" --spare "$spare" |
    python3 -c 'import json, sys
made = json.load(sys.stdin)
print(sys.argv[1], made["target_bytes"], made["two_slots_bytes"], made["bytes"] - 5, sep="\t")' "$name"
done
