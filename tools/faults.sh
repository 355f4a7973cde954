#!/usr/bin/env bash
# Runs the fault harness beyond what tools/test.sh does of it: power cuts, rot, flicker, dead blocks and attackers'
# payloads on every simulated part.
#   tools/faults.sh                        everything; hours
#   tools/faults.sh --shard K/N            the K-th of N parts of it
#   tools/faults.sh --minutes N --seed S   random runs for so long
set -eu
cd "$(dirname "$0")/.."
[ -f build/build.ninja ] || meson setup build
meson compile -C build faults
case "${1:-}" in
  --minutes | --runs) exec build/tests/system/faults/faults "$@" ;;
  *) exec build/tests/system/faults/faults --all "$@" ;;
esac
