#!/usr/bin/env bash
# The fault harness beyond the sample that the tests run (docs/power-loss.md), on all cores.
#   tools/faults.sh --shard K/N           every cut of every story on every part; rot, dead blocks, driver faults
#   tools/faults.sh --deep --shard K/N    pairs and triples of cuts, and each bit that may rot, on small flash
#   tools/faults.sh --one-slot --shard K/N  updates in place: every cut; second cuts, rot, attacks
#   tools/faults.sh --late-faults --shard K/N  each cut, and one driver fault in the life behind it, on small flash
#   tools/faults.sh --minutes M --seed S  random lives with up to five cuts; core C takes the seed S + C
#   tools/faults.sh --runs COUNT --seed S the same, so many on each core
# Ends with the harness's totals of each core; exit status 0 where nothing failed. A failure names its replay.
set -euo pipefail
cd "$(dirname "$0")/.."
cores=$(nproc)
mode=--all shard= minutes= runs= seed=1

usage() {
  sed -n '2,9s/^# \{0,1\}//p' tools/faults.sh >&2
  exit 2
}

while [ $# -gt 0 ]; do
  case $1 in
    --deep | --one-slot | --late-faults) mode=$1 ;;
    --shard | --minutes | --runs | --seed)
      [ $# -gt 1 ] || usage
      declare "${1#--}=$2"
      shift
      ;;
    *) usage ;;
  esac
  shift
done
[ -n "$shard$minutes$runs" ] || usage

[ -f build/build.ninja ] || CXX=${CXX:-g++} meson setup build -Doptimization=1 -Ddebug=false
ninja -C build tests/system/faults/faults
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
pids=()
for ((core = 0; core < cores; ++core)); do
  if [ -n "$shard" ]; then
    part=$((${shard%/*} * cores + core))/$((${shard#*/} * cores))
    arguments=("$mode" --shard "$part")
  elif [ -n "$minutes" ]; then
    arguments=(--minutes "$minutes" --seed $((seed + core)))
  else
    arguments=(--runs "$runs" --seed $((seed + core)))
  fi
  nice -n 19 build/tests/system/faults/faults "${arguments[@]}" >"$logs/$core" &
  pids+=($!)
done
status=0
for pid in "${pids[@]}"; do wait "$pid" || status=1; done
for ((core = 0; core < cores; ++core)); do grep -E '^(FAILED|all:|seed|[0-9]+ )' "$logs/$core" || true; done
exit $status
