#!/usr/bin/env bash
# Measures again what bench/firmware/ram.tsv says, and compares: 10 % slack, either way. What tmd size computes from it
# rests on RAM that grows by a byte for each byte of page and interval: that is checked, too.
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd)
measured=$(mktemp)
trap 'rm -f "$measured"' EXIT
"$root/bench/firmware/ram.sh" >"$measured"
awk -F '\t' '
  FNR == 1 { next }
  { key = $1 " " $2 " " $3 }
  FILENAME == ARGV[1] { updater[key] = $4; store[key] = $5; next }
  {
    ++compared
    off = $4 > updater[key] * 1.1 || $4 < updater[key] * 0.9 || $5 > store[key] * 1.1 || $5 < store[key] * 0.9
    printf "%-6s %s: updater %d (table %d), store %d (table %d)\n", off ? "FAILED" : "ok", key,
      $4, updater[key], $5, store[key]
    failures += off
    u[key] = $4
    s[key] = $5
  }
  function must_grow(what, grows, by, of) {
    if (grows >= by - 4 && grows <= by + 4) return
    print "FAILED: the " what " grows by " grows " bytes for " by " of " of
    ++failures
  }
  END {
    must_grow("updater", u["default 256 555"] - u["default 256 135"], 420, "interval")
    must_grow("store", s["default 4096 135"] - s["default 256 135"], 3840, "page")
    if (failures) print "where that is meant: bench/firmware/ram.sh > bench/firmware/ram.tsv"
    exit failures > 0 || compared < 5
  }' "$root/bench/firmware/ram.tsv" "$measured"
