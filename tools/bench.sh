#!/usr/bin/env bash
# Measures. Every figure in the README names the command here that reproduces it.
# usage: tools/bench.sh [options of Google Benchmark]   feeding, decoding, digests, diff time
#        tools/bench.sh compare FOLDER [--rounds N --keep --out DIR]  tmd beside Debian's delta tools, over a folder of pairs
#        tools/bench.sh instructions                    instructions for each output byte on Cortex-M4, in QEMU
set -eu
cd "$(dirname "$0")/.."
tools/setup.sh

build() {
  [ -f build-bench/build.ninja ] ||
    meson setup build-bench -Dbuildtype=release -Dtests=disabled -Dfuzz=disabled >build-bench.log ||
    { cat build-bench.log; exit 1; }
  rm -f build-bench.log
  meson compile -C build-bench "$@"
}

case ${1:-} in
  compare)
    [ $# -ge 2 ] || { sed -n '/^# usage/,/^set/s/^# //p' "$0" >&2; exit 2; }
    folder=$(cd "$OLDPWD" 2>/dev/null && realpath -- "$2" || realpath -- "$2")
    build compare_tools tmd
    exec build-bench/bench/compare/compare_tools --tmd build-bench/tools/cli/tmd --out build-bench/comparison "${@:3}" "$folder"
    ;;
  instructions)
    build
    exec meson test -C build-bench --no-rebuild --verbose --suite instructions
    ;;
  *)
    build tmd_bench
    exec build-bench/bench/tmd_bench "$@"
    ;;
esac
