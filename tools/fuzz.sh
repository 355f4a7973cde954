#!/usr/bin/env bash
# Runs one fuzz target under libFuzzer with AddressSanitizer and UBSan.
# usage: tools/fuzz.sh TARGET SECONDS      (tools/fuzz.sh alone lists the targets)
# Starts from fuzz/corpus/TARGET; what it learns is kept in build-fuzz/corpus/TARGET, findings in build-fuzz.
set -eu
cd "$(dirname "$0")/.."

if [ $# -ne 2 ]; then
  echo "usage: tools/fuzz.sh TARGET SECONDS"
  echo "targets:"
  ls fuzz | sed -n 's/^fuzz_\(.*\)\.cpp$/  \1/p'
  exit 2
fi
target=$1
seconds=$2
[ -f "fuzz/fuzz_$target.cpp" ] || {
  echo "fuzz.sh: there is no target '$target'; run tools/fuzz.sh alone for the list" >&2
  exit 2
}

tools/setup.sh test-all
if [ ! -f build-fuzz/build.ninja ]; then
  CXX=clang++ meson setup build-fuzz -Dfuzz=enabled -Dtests=disabled -Dbench=disabled -Dfirmware=disabled \
    -Db_sanitize=address,undefined -Db_lundef=false \
    "-Dcpp_args=-fsanitize=fuzzer-no-link -fno-sanitize-recover=all"
fi
meson compile -C build-fuzz "fuzz_$target"
mkdir -p "build-fuzz/corpus/$target"
# Planning takes time that grows with the input: libFuzzer's own limit of 4,096 bytes is too far.
limits=()
[ "$target" != codec_roundtrip ] || limits=(-max_len=1024)
seeds=()
[ ! -d "fuzz/corpus/$target" ] || seeds=("fuzz/corpus/$target")
exec "build-fuzz/fuzz/fuzz_$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 "${limits[@]}" \
  -artifact_prefix="build-fuzz/$target-" "build-fuzz/corpus/$target" "${seeds[@]}"
