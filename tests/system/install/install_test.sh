#!/usr/bin/env bash
# The headers alone: configured and installed with every part switched off, found through pkg-config, compiled.
# usage: install_test.sh SOURCE_ROOT COMPILER
set -eu
root=$1 compiler=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

meson setup "$work/build" "$root" --prefix "$work/prefix" -Dtools=disabled -Dtests=disabled -Dbench=disabled \
  -Dfuzz=disabled -Dexamples=disabled -Dfirmware=disabled >"$work/log" || { cat "$work/log"; exit 1; }
if grep -q 'Run-time dependency .* found: YES' "$work/log"; then
  echo "a build of the headers alone looks for dependencies:"
  grep 'Run-time dependency' "$work/log"
  exit 1
fi
meson install -C "$work/build" >>"$work/log"
pc=$(dirname "$(find "$work/prefix" -name tinymldelta.pc)")
flags=$(PKG_CONFIG_PATH=$pc pkg-config --cflags tinymldelta)
cat >"$work/use.cpp" <<'CODE'
#include <tmd/tmd.hpp>
using Flash = tmd::RamFlash<65536, 4096, 4>;
struct Config : tmd::DefaultConfig<Flash> {
  using Authentication = tmd::AllowUnsigned;
};
static tmd::Updater<Config>* updater;
int main() { return updater == nullptr ? 0 : 1; }
CODE
# shellcheck disable=SC2086
"$compiler" -std=c++17 $flags "$work/use.cpp" -o "$work/use"

# The same through CMake.
if command -v cmake >/dev/null; then
  version=$(sed -n "s/^  version: '\(.*\)',/\1/p" "$root/meson.build")
  printf '%s\n' 'cmake_minimum_required(VERSION 3.18)' 'project(use LANGUAGES CXX)' \
    "find_package(TinyMLDelta $version REQUIRED)" 'add_executable(use use.cpp)' \
    'target_link_libraries(use PRIVATE TinyMLDelta::TinyMLDelta)' >"$work/CMakeLists.txt"
  cmake -S "$work" -B "$work/cmake" -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_PREFIX_PATH="$work/prefix" >"$work/log"
  cmake --build "$work/cmake" >>"$work/log" || { cat "$work/log"; exit 1; }
  "$work/cmake/use"
fi
"$work/use"
