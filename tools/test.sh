#!/usr/bin/env bash
# Configures, builds and runs the tests, each once: with gcc what runs emulators, measures code or would take minutes
# under sanitizers (suite 'plain'), all others with clang under AddressSanitizer and UBSan; then the formatting check.
# Ends with a line "N passed, N failed"; exits non-zero where anything failed. tools/test-all.sh runs both halves with
# both compilers, and the suite 'long'. A second run builds only what changed. No network is needed once tools/setup.sh
# has run.
set -u
cd "$(dirname "$0")/.."

passed=0
failed=0
jobs=$(nproc)
# It links in half the time. For these two builds alone: the tests call compilers that have no such linker.
linker=()
! command -v ld.lld >/dev/null || linker=(CXX_LD=lld)

conclude() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
  exit
}

# Counts one step of this script itself as a failed test, by name.
fail_step() {
  echo "FAILED: $1"
  failed=$((failed + 1))
}

# configure DIRECTORY COMPILER [meson options…]
configure() {
  local directory=$1 compiler=$2
  shift 2
  [ -f "$directory/build.ninja" ] || env CXX="$compiler" "${linker[@]}" meson setup --werror "$directory" "$@"
}

# run_tests DIRECTORY [meson test options…]: builds what these tests need, runs them all, and adds up what meson's log
# says of each.
run_tests() {
  local directory=$1 log=$1/meson-logs/testlog.json
  shift
  rm -f "$log"
  # Twice as many as there are processors, and one: some tests mostly wait.
  meson test -C "$directory" --print-errorlogs --num-processes $((2 * jobs + 1)) --timeout-multiplier 5 "$@"
  local status=$?
  local good all skipped
  good=$(grep -cE '"result": "(OK|EXPECTEDFAIL)"' "$log" 2>/dev/null)
  skipped=$(grep -c '"result": "SKIP"' "$log" 2>/dev/null)
  all=$(wc -l <"$log" 2>/dev/null)
  good=${good:-0} skipped=${skipped:-0} all=${all:-0}
  passed=$((passed + good))
  failed=$((failed + all - good - skipped))
  if [ "$all" -eq 0 ] || { [ "$status" -ne 0 ] && [ "$all" -eq $((good + skipped)) ]; }; then
    fail_step "meson test in $directory"
  fi
}

check_format() {
  git ls-files -z '*.hpp' '*.cpp' | xargs -0 clang-format --dry-run --Werror
}

tools/setup.sh test || {
  fail_step "tools/setup.sh test"
  conclude
}

echo "== gcc"
if configure build g++ -Doptimization=1 -Dlarge_units=true -Ddebug=false; then
  run_tests build --suite plain --no-suite long
else
  fail_step "configuring for gcc"
  conclude
fi

echo "== clang, AddressSanitizer and UndefinedBehaviorSanitizer"
export ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
# Unoptimised: with sanitizers an optimiser takes three times as long as it saves.
if configure build-sanitize clang++ -Doptimization=0 -Dlarge_units=true -Db_sanitize=address,undefined \
  -Db_lundef=false -Ddebug=false -Dbench=disabled -Dfirmware=disabled \
  '-Dcpp_args=-fno-sanitize-recover=all -gline-tables-only'; then
  run_tests build-sanitize --no-suite plain --no-suite long --no-suite slow_sanitized
else
  fail_step "configuring for clang and sanitizers"
fi

echo "== clang-format"
if check_format; then passed=$((passed + 1)); else fail_step "clang-format"; fi

conclude
