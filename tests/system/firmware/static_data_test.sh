#!/usr/bin/env bash
# Checks that a firmware with a static store and updater needs next to no initialised RAM and no start-up code for them:
# at most 64 bytes of .data, no constructors that run before main; the objects lie in zeroed memory.
# usage: static_data_test.sh ELF…
set -eu
[ $# -gt 0 ] || { sed -n '/^# usage/s/^# //p' "$0" >&2; exit 2; }

failed=0
for elf in "$@"; do
  sizes=$(arm-none-eabi-size -A "$elf")
  section() { awk -v name="$1" '$1 == name { print $2; found = 1 } END { if (!found) print 0 }' <<<"$sizes"; }
  data=$(section .data)
  constructors=$(($(section .init_array) + $(section .preinit_array) + $(section .ctors)))
  # Both objects, at least, are in the zeroed memory: else this looks at the wrong program.
  objects=$(arm-none-eabi-nm -S -t d "$elf" |
    awk '$3 ~ /^[bB]$/ && $4 ~ /5store|7updater/ { sum += $2 } END { print sum + 0 }')
  echo "$(basename "$elf"): $data bytes of .data, $constructors of constructors, $objects of zeroed store and updater"
  [ "$data" -le 64 ] && [ "$constructors" -eq 0 ] && [ "$objects" -gt 4000 ] || failed=1
done
exit "$failed"
