#!/usr/bin/env bash
# Measures. Every figure in the README names the command here that reproduces it.
# usage: tools/bench.sh [options of Google Benchmark]   feeding, decoding, digests, diff time
#        tools/bench.sh compare FOLDER [--rounds N --keep --out DIR]  tmd beside Debian's delta tools, over a folder
#                                                       of pairs (tools/bench.sh compare --help says more)
#        tools/bench.sh scenarios [--seed N --quick --out DIR]  trains models for the updates of the field (epochs,
#                                                       domain, head, recalibration, class, width, depth, pruning),
#                                                       then compare
#        tools/bench.sh instructions                    instructions for each output byte on Cortex-M4, in QEMU
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
"$root/tools/setup.sh" test

usage() {
  sed -n '/^# usage/,/^set/s/^# //p' "$root/tools/bench.sh" >&2
  exit 2
}

# build TARGET…: optimised, in a folder of its own; quiet unless it fails.
build() {
  local log=$root/build-bench/build.log
  mkdir -p "$root/build-bench"
  [ -f "$root/build-bench/build.ninja" ] || echo "building in build-bench; the first time takes a few minutes" >&2
  {
    [ -f "$root/build-bench/build.ninja" ] ||
      meson setup "$root/build-bench" "$root" -Dbuildtype=release -Dfuzz=disabled
    meson compile -C "$root/build-bench" "$@"
  } >"$log" 2>&1 || {
    cat "$log" >&2
    exit 1
  }
}

case ${1:-} in
  compare)
    [ $# -ge 2 ] || usage
    folder=$2
    shift 2
    build compare_tools:executable tmd:executable
    exec "$root/build-bench/bench/compare/compare_tools" --tmd "$root/build-bench/tools/cli/tmd" "$@" "$folder"
    ;;
  scenarios)
    shift
    out=scenarios
    train=()
    while [ $# -gt 0 ]; do
      case $1 in
        --out) out=${2:?--out needs a folder} && shift ;;
        --seed) train+=("$1" "${2:?--seed needs a number}") && shift ;;
        --quick) train+=("$1") ;;
        *) usage ;;
      esac
      shift
    done
    build compare_tools:executable tmd:executable modelgen:executable
    "$root/build-bench/tools/modelgen/modelgen" --scenarios --out "$out/models" ${train[@]+"${train[@]}"}
    exec "$root/build-bench/bench/compare/compare_tools" --tmd "$root/build-bench/tools/cli/tmd" --out "$out" \
      "$out/models"
    ;;
  instructions)
    [ $# -eq 1 ] || usage
    build make_cases # configures, too; the test builds what else it needs
    exec meson test -C "$root/build-bench" --verbose --suite instructions
    ;;
  -h | --help)
    usage
    ;;
  *)
    build tmd_bench
    exec "$root/build-bench/bench/tmd_bench" "$@"
    ;;
esac
