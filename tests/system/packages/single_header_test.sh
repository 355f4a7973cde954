#!/usr/bin/env bash
# The single header updates a model on the host, and compiles for a board; in two translation units it is one library.
# usage: single_header_test.sh TMD COMPILER
. "$(dirname "$0")/lib.sh"
tmd=$1 compiler=$2
make_archive single-header "tinymldelta-single-header-$version.zip"
make_patches "$tmd"
here=$work/unpacked/tinymldelta-single-header-$version
program=$root/tests/system/packages/update_program.cpp
strict=(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -fno-exceptions)
printf '#include "tmd.hpp"\nint other() { return TMD_VERSION_NUMBER; }\n' >"$work/other.cpp"
"$compiler" -std=c++17 -O1 "${strict[@]}" -DTMD_SINGLE_HEADER -I"$here" "$program" "$work/other.cpp" -o "$work/program"
"$work/program" "$work/first.tmd" "$work/update.tmd" "$work/target.bin" | tee "$work/output"
grep -q "TinyMLDelta $version: the target is active" "$work/output"
if command -v arm-none-eabi-g++ >/dev/null; then
  arm-none-eabi-g++ -std=c++17 -mcpu=cortex-m0 -mthumb -ffreestanding -fno-rtti "${strict[@]}" -fsyntax-only -I"$here" \
    "$work/other.cpp"
fi
