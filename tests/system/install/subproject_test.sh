#!/usr/bin/env bash
# A firmware's own meson build, for a Cortex-M4 without exceptions, takes this repository as a subproject: it gets the
# headers, and no target, option or package look-up besides.
# usage: subproject_test.sh SOURCE_ROOT
set -eu
root=$1
command -v arm-none-eabi-g++ >/dev/null || { echo "skipped: there is no arm-none-eabi-g++"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/subprojects"
ln -s "$root" "$work/subprojects/tinymldelta"

cat >"$work/board.ini" <<'FILE'
[binaries]
cpp = 'arm-none-eabi-g++'
ar = 'arm-none-eabi-ar'
strip = 'arm-none-eabi-strip'
[built-in options]
cpp_args = ['-mcpu=cortex-m4', '-mthumb', '-fno-exceptions', '-fno-rtti']
cpp_link_args = ['-mcpu=cortex-m4', '-mthumb', '--specs=nosys.specs']
[host_machine]
system = 'none'
cpu_family = 'arm'
cpu = 'cortex-m4'
endian = 'little'
FILE
cat >"$work/meson.build" <<'FILE'
project('firmware', 'cpp', default_options: ['cpp_std=c++17', 'werror=true', 'warning_level=3'])
executable('firmware', 'firmware.cpp', dependencies: dependency('tinymldelta', fallback: ['tinymldelta', 'tmd_dep']))
FILE
cat >"$work/firmware.cpp" <<'FILE'
#include <tmd/tmd.hpp>
using Flash = tmd::RamFlash<65536, 4096, 4>;
struct Config : tmd::DefaultConfig<Flash> {
  using Authentication = tmd::AllowUnsigned;
};
static tmd::Updater<Config> updater;
int main() { return static_cast<int>(updater.resume_offset()); }
FILE

meson setup "$work/build" "$work" --cross-file "$work/board.ini" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
if grep -E '^tinymldelta\| .*(Run-time dependency|Program )' "$work/log"; then
  echo "FAILED: a subproject looks for packages"
  exit 1
fi
targets=$(meson introspect --targets "$work/build" | python3 -c '
import json, sys
print(*(target["name"] for target in json.load(sys.stdin)))')
[ "$targets" = firmware ] || { echo "FAILED: targets besides the firmware: $targets"; exit 1; }
meson compile -C "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
echo "one target, cross-compiled"
