#!/usr/bin/env bash
# Everything that tools/test.sh runs, and then what is too long for every day: the tests that it ran under sanitizers
# with gcc, and the other way round; the suite 'long' (fault runs, servers, browsers, other processors); every planted
# bug; a minute of each fuzzer; other interpreters; valgrind, coverage. Hours, not minutes; tools/faults.sh has more.
set -u
cd "$(dirname "$0")/.."

tools/setup.sh test-all || exit 1

jobs=$(nproc)
passed=0
failed=0
# step NAME COMMAND…: runs it, and counts how it ended.
step() {
  echo "== $1"
  if "${@:2}"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}
# run_tests DIRECTORY [meson test options…]
run_tests() {
  meson test -C "$1" --print-errorlogs --num-processes "$jobs" --timeout-multiplier 20 "${@:2}"
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

step "tools/test.sh" tools/test.sh
step "the tests that ran under sanitizers, with gcc" run_tests build --no-suite plain --no-suite long
step "long tests" run_tests build --suite long
export ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
step "the slow tests under sanitizers" run_tests build-sanitize --suite slow_sanitized
unset ASAN_OPTIONS UBSAN_OPTIONS
step "each source of the program compiled alone, which large units hide" compile_alone
step "every planted bug" plant_bugs
step "a minute of each fuzzer" fuzz
step "this interpreter against TFLite, Arm NN and stored outputs" compare_interpreters
step "valgrind over the host program" tests/system/valgrind/run.sh build
step "coverage of include/tmd" tests/coverage.sh

echo "long: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
