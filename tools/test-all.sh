#!/usr/bin/env bash
# Everything that tools/test.sh runs, and then what is too long for every day: the tests that it ran under sanitizers
# with gcc, and the other way round; the suite 'long' (fault runs, servers, browsers, other processors); every planted
# bug; a minute of each fuzzer; other interpreters; valgrind, coverage. Hours, not minutes; tools/faults.sh has more.
# usage: tools/test-all.sh [STEP…]: all steps, or only these, for a machine that is not free for hours at a time; each
# of them needs that tools/test.sh has run. The last lines say which passed, at which commit.
set -u
cd "$(dirname "$0")/.."

for name in "$@"; do
  grep -q "^step $name " tools/test-all.sh && continue
  echo "no step '$name'; there are: $(sed -n 's/^step \([a-z]*\) .*/\1/p' tools/test-all.sh | paste -sd ' ')" >&2
  exit 2
done
tools/setup.sh test-all || exit 1

jobs=$(nproc)
wanted=("$@")
ended=()
failed=0
# step NAME WHAT COMMAND…: runs it where it is wanted, and notes how it ended.
step() {
  local began=$SECONDS
  [ ${#wanted[@]} -eq 0 ] || [[ " ${wanted[*]} " == *" $1 "* ]] || return 0
  echo "== $1: $2"
  if "${@:3}"; then
    ended+=("passed: $1, $((SECONDS - began)) s")
  else
    ended+=("FAILED: $1, $((SECONDS - began)) s")
    failed=$((failed + 1))
  fi
}
# run_tests DIRECTORY [meson test options…]
run_tests() {
  meson test -C "$1" --print-errorlogs --num-processes "$jobs" --timeout-multiplier 20 "${@:2}"
}
run_sanitized() {
  ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
    run_tests build-sanitize "$@"
}
compile_alone() {
  [ -f build-alone/build.ninja ] || CXX=g++ meson setup --werror build-alone -Doptimization=0 -Ddebug=false \
    -Dtests=disabled -Dbench=disabled -Dfuzz=disabled -Dexamples=disabled -Dfirmware=disabled || return 1
  meson compile -C build-alone
}
# A share of the list on each processor.
plant_bugs() {
  local shares=() status=0 share
  for ((share = 0; share < jobs; ++share)); do
    tests/mutations/run.py build --shard "$share/$jobs" &
    shares+=($!)
  done
  for share in "${shares[@]}"; do wait "$share" || status=1; done
  return $status
}
fuzz() {
  local source target status=0 log
  log=$(mktemp)
  for source in fuzz/fuzz_*.cpp; do
    target=$(basename "$source" .cpp)
    if tools/fuzz.sh "${target#fuzz_}" 60 >"$log" 2>&1; then
      echo "$target: $(tail -n 1 "$log")"
    else
      echo "FAILED: $target"
      tail -n 40 "$log"
      status=1
    fi
  done
  rm -f "$log"
  return $status
}
# 77: neither TFLite nor Arm NN, or no corpus beside the checkout; it says so.
compare_interpreters() {
  tools/compare-interpreters.sh
  local status=$?
  [ $status -eq 0 ] || [ $status -eq 77 ]
}

step test "tools/test.sh" tools/test.sh
step gcc "the tests that ran under sanitizers, with gcc" run_tests build --no-suite plain --no-suite long
step long "long tests" run_tests build --suite long
step sanitized "the slow tests under sanitizers" run_sanitized --suite slow_sanitized
step alone "each source of the program compiled alone, which large units hide" compile_alone
step bugs "every planted bug" plant_bugs
step fuzz "a minute of each fuzzer" fuzz
step interpreters "this interpreter against TFLite, Arm NN and stored outputs" compare_interpreters
step valgrind "valgrind over the host program" tests/system/valgrind/run.sh build
step coverage "coverage of include/tmd" tests/coverage.sh

printf '%s\n' "${ended[@]}"
echo "commit $(git rev-parse HEAD)$([ -z "$(git status --porcelain)" ] || echo ', changed since')"
[ "$failed" -eq 0 ]
