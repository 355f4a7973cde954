#!/usr/bin/env bash
# The Particle library: its properties are what the format demands, and the example compiles against declarations of
# Device OS, whose macros are those of Arduino cores.
. "$(dirname "$0")/lib.sh"
make_archive particle "TinyMLDelta-particle-$version.tar.gz"
library=$work/unpacked/TinyMLDelta
property() { sed -n "s/^$1=//p" "$library/library.properties"; }
[ "$(property version)" = "$version" ] || fail "library.properties has another version"
case $(property name) in *[!A-Za-z0-9_-]*) fail "no name for a Particle library" ;; esac
for name in name author license sentence; do [ -n "$(property $name)" ] || fail "library.properties has no $name"; done
[ -f "$library/src/TinyMLDelta.h" ] || fail "there is no src/TinyMLDelta.h"
needs_driver file_flash
needs arm-none-eabi-g++
arm-none-eabi-g++ -std=gnu++17 -mcpu=cortex-m4 -mthumb -Os -fno-exceptions -fno-rtti -Wall -Wextra -Werror \
  -I"$library/src" -I"$root/tests/system/packages/declarations/particle" \
  -c "$library/examples/update_from_serial/update_from_serial.cpp" -o "$work/example.o"
arm-none-eabi-size "$work/example.o" | awk 'NR == 2 { print "example: text " $1 ", bss " $3 }'
