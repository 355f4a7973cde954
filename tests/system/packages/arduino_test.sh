#!/usr/bin/env bash
# The Arduino library and its sketch, compiled by Debian's arduino-builder with a core of this test's own, whose
# Arduino.h has the macros of the real ones; what library.properties says is what the specification 1.5 demands. Then
# the sketch on the host, with patches that are made as its comment says.
# usage: arduino_test.sh TMD COMPILER
. "$(dirname "$0")/lib.sh"
tmd=$(realpath "$1") compiler=$2
needs arduino-builder arm-none-eabi-g++
make_archive arduino "TinyMLDelta-arduino-$version.zip"
library=$work/unpacked/TinyMLDelta

property() { sed -n "s/^$1=//p" "$library/library.properties"; }
for name in name version author maintainer sentence paragraph category url architectures; do
  [ -n "$(property $name)" ] || fail "library.properties has no $name"
done
[ "$(property version)" = "$version" ] || fail "library.properties has another version"
[ "$(property architectures)" != '*' ] || fail "the library claims every architecture"
case $(property category) in
  Display | Communication | 'Signal Input/Output' | Sensors | 'Device Control' | Timing | 'Data Storage' | \
    'Data Processing' | Other) ;;
  *) fail "library.properties has a category that Arduino does not know" ;;
esac
[ -f "$library/src/$(property includes)" ] || fail "the header that library.properties names is not there"
awk -F '\t' 'NF != 2 || $2 !~ /^(KEYWORD[123]|LITERAL1)$/ { print "keywords.txt: " $0; bad = 1 } END { exit bad }' \
  "$library/keywords.txt"

mkdir -p "$work/libraries" "$work/build"
ln -s "$library" "$work/libraries/TinyMLDelta"
for sketch in "$library"/examples/*/*.ino; do
  rm -rf "$work/build" && mkdir "$work/build"
  arduino-builder -compile -warnings all -hardware "$root/tests/system/packages/arduino/hardware" -tools /usr/bin \
    -libraries "$work/libraries" -fqbn tmd:renesas_uno:own -build-path "$work/build" "$sketch" >"$work/log" 2>&1 ||
    { cat "$work/log"; fail "$(basename "$sketch") does not compile"; }
  elf=$work/build/$(basename "$sketch").elf
  [ -s "$elf" ] || fail "there is no $elf"
  arm-none-eabi-size "$elf" | awk -v name="$(basename "$sketch")" \
    'NR == 2 { print name ": text " $1 ", data " $2 ", bss " $3 }'
  # The architecture is one that the library names: nothing is said about it.
  if grep -q 'may be incompatible' "$work/log"; then fail "the library does not name this core's architecture"; fi
  # Of the UNO R4's 32 KB the core takes 6.6 for itself, 8 for the heap, 1.3 for the stack and what lies above it.
  arm-none-eabi-size "$elf" | awk 'NR == 2 { exit $2 + $3 > 16500 }' ||
    fail "$(basename "$sketch"): no UNO R4 has such RAM"
done

here=$root/tests/system/packages/arduino
sketch=$library/examples/uno_r4_wifi/uno_r4_wifi.ino
check_terminal "$sketch"
{ echo '#include "Arduino.h"'; cat "$sketch"; } >"$work/sketch.cpp"
"$compiler" -std=gnu++17 -O1 -w -I"$here/hardware/tmd/renesas_uno/cores/own" -I"$library/src" "$work/sketch.cpp" \
  "$here/host_serial.cpp" -o "$work/sketch"
make_patches "$tmd"
head -c 3900 "$work/base.bin" >"$work/first.tflite"
head -c 3904 "$work/target.bin" >"$work/second.tflite"
sed -n 's#^//   tmd \([^\#]*\).*#\1#p' "$sketch" >"$work/commands"
[ "$(wc -l <"$work/commands")" -eq 2 ] || fail "the sketch says no longer how its patches are made"
while read -r arguments; do
  # shellcheck disable=SC2086
  (cd "$work" && "$tmd" $arguments) >"$work/log" 2>&1 || { cat "$work/log"; fail "tmd $arguments"; }
done <"$work/commands"
# What is no patch is said once, not with each packet of it.
"$work/sketch" "$work/base.bin" "$work/first.tmd" "$work/second.tmd" | tee "$work/output"
[ "$(grep -c '^update: ' "$work/output")" -eq 3 ] || fail "the sketch says more than once what it refuses"
grep -qx 'model of 3904 bytes' "$work/output" || fail "the sketch takes no patches that are made as it says"
