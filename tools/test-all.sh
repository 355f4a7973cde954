#!/usr/bin/env bash
# Everything that tools/test.sh runs, and then what is too long for every day: the tests that it ran under sanitizers
# with gcc, and the other way round; the suite 'long' (whole fault runs, servers, browsers, other interpreters, other
# processors); valgrind, coverage. Hours, not minutes.
set -u
cd "$(dirname "$0")/.."

tools/setup.sh test-all || exit 1

passed=0
failed=0
# step NAME COMMAND…: runs it, and counts how it ended.
step() {
  echo "== $1"
  if "${@:2}"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}
# run_tests DIRECTORY [meson test options…]
run_tests() {
  meson test -C "$1" --print-errorlogs --num-processes 1 --timeout-multiplier 20 "${@:2}"
}
compile_alone() {
  [ -f build-alone/build.ninja ] || CXX=g++ meson setup --werror build-alone -Doptimization=0 -Ddebug=false \
    -Dtests=disabled -Dbench=disabled -Dfuzz=disabled -Dexamples=disabled -Dfirmware=disabled || return 1
  meson compile -C build-alone
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
step "this interpreter against TFLite, Arm NN and stored outputs" compare_interpreters
step "valgrind over the host program" tests/system/valgrind/run.sh build
step "coverage of include/tmd" tests/coverage.sh

echo "long: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
