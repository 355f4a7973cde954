#!/usr/bin/env bash
# Everything that tools/test.sh runs, and then what is too long for every day: the suite 'long' (whole fault runs,
# servers, browsers, other interpreters, other processors), the slowest tests under sanitizers, valgrind, coverage.
# Hours, not minutes.
set -u
cd "$(dirname "$0")/.."

tools/setup.sh test-all || exit 1
tools/test.sh || exit 1

echo "== long tests"
passed=0
failed=0
meson test -C build --no-rebuild --print-errorlogs --num-processes 1 --timeout-multiplier 20 --suite long
case $? in
  0) passed=$((passed + 1)) ;;
  *) failed=$((failed + 1)) ;;
esac

echo "== slow tests under sanitizers"
export ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
meson test -C build-sanitize --print-errorlogs --num-processes 1 --timeout-multiplier 20 --suite slow_sanitized
case $? in
  0) passed=$((passed + 1)) ;;
  *) failed=$((failed + 1)) ;;
esac
unset ASAN_OPTIONS UBSAN_OPTIONS

echo "== each source of the program compiled alone, which large units hide"
if { [ -f build-alone/build.ninja ] || CXX=g++ meson setup --werror build-alone -Doptimization=0 -Ddebug=false \
  -Dtests=disabled -Dbench=disabled -Dfuzz=disabled -Dexamples=disabled -Dfirmware=disabled; } &&
  meson compile -C build-alone; then
  passed=$((passed + 1))
else
  failed=$((failed + 1))
fi

echo "== valgrind over the host program"
if tests/system/valgrind/run.sh build; then passed=$((passed + 1)); else failed=$((failed + 1)); fi

echo "== coverage of include/tmd"
if tests/coverage.sh; then passed=$((passed + 1)); else failed=$((failed + 1)); fi

echo "long: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
