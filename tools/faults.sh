#!/usr/bin/env bash
# Cuts power everywhere: every cut on every simulated part, all pairs of cuts on the small ones, and the model of the
# protocol with every rule left out in turn. Prints the totals. Takes hours; `tools/test.sh` runs a sample of it.
# Flash that lies or wears is part of it, and so are all planted bugs.
#   tools/faults.sh [--part NAME[,JOURNAL[,STORY]]]    e.g. --part STM32L0,tight
set -u
cd "$(dirname "$0")/.."
[ -f build/build.ninja ] || meson setup build || exit 1
meson compile -C build || exit 1
failed=0
build/tests/system/faults/faults --all "$@" || failed=1
TMD_EVERY_BUG=1 meson test -C build --no-rebuild --verbose 'planted bugs' || failed=1
tests/model/protocol/check.sh --all || failed=1
[ $failed -eq 0 ] && echo "power cuts: all passed"
exit $failed
