#!/usr/bin/env bash
# How much of include/tmd the tests run: lines and branches, with a floor under each. Ends with status 1 below it.
# Programs of this build only: what a script compiles by itself is not counted.
# usage: tests/coverage.sh [BUILD]      BUILD: build-coverage, made where it is absent
set -eu
cd "$(dirname "$0")/.."
build=${1:-build-coverage}
lines=${TMD_LEAST_LINES:-97}
branches=${TMD_LEAST_BRANCHES:-75}

[ -f "$build/build.ninja" ] || CXX=g++ meson setup "$build" -Doptimization=0 -Ddebug=true -Db_coverage=true \
  -Dbench=disabled -Dfuzz=disabled -Dfirmware=disabled >/dev/null
mapfile -t tests < <(meson introspect --tests "$build" |
  python3 -c 'import json, sys; print(*(t["name"] for t in json.load(sys.stdin)
    for suites in [{suite.split(":")[-1] for suite in t["suite"]}]
    if t["name"].startswith(("device_", "system_", "in_place_")) and "long" not in suites
    and ("plain" not in suites or "slow_sanitized" in suites)
    and not t["cmd"][0].endswith(".sh")), sep="\n")')
meson test -C "$build" --print-errorlogs --timeout-multiplier 20 "${tests[@]}"
gcovr --root . --filter include/tmd/ --exclude-throw-branches --exclude-unreachable-branches \
  --fail-under-line "$lines" --fail-under-branch "$branches" "$build" | tail -n 130
