#!/usr/bin/env bash
# Everything that tools/test.sh runs, and then what is too long for every day: the suite 'long' (whole fault runs,
# servers, browsers, other interpreters, other processors) and the sources under valgrind. Hours, not minutes.
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

echo "== valgrind over the host program"
if tests/system/valgrind/run.sh build; then passed=$((passed + 1)); else failed=$((failed + 1)); fi

echo "== coverage of include/tmd"
if tests/coverage.sh; then passed=$((passed + 1)); else failed=$((failed + 1)); fi

echo "long: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
