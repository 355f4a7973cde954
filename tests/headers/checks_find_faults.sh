#!/usr/bin/env bash
# The header checks themselves: each fault that they are there for is found, and named.
# usage: checks_find_faults.sh COMPILER
set -u
here=$(cd "$(dirname "$0")" && pwd)
compiler=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

# expect FILE LINE WORDS COMMAND…: with LINE in FILE, the command fails and says WORDS.
expect() {
  local file=$1 line=$2 words=$3 output
  shift 3
  rm -rf "$folder/tmd"
  mkdir -p "$folder/tmd/flash" "$folder/tmd/internal/codec"
  printf '#pragma once\n#include <cstdint>\n' |
    tee "$folder/tmd/status.hpp" "$folder/tmd/internal/codec/decoder.hpp" >/dev/null
  if ! "$@" >/dev/null 2>&1; then
    echo "FAILED: sound headers do not pass: $*"
    failed=1
  fi
  mkdir -p "$folder/$(dirname "$file")"
  echo "$line" >>"$folder/$file"
  if output=$("$@" 2>&1) || ! grep -q "FAILED: $file.*$words" <<<"$output"; then
    echo "FAILED: not found: $line"
    failed=1
  fi
}

includes=("$here/check_includes.sh" "$folder")
alone=("$here/check_alone.sh" "$folder" without-psa "$compiler" -std=c++17)
expect tmd/status.hpp '#include <vector>' 'freestanding' "${includes[@]}"
expect tmd/status.hpp '#include "tmd/internal/codec/decoder.hpp"' 'further up' "${includes[@]}"
expect tmd/status.hpp '#include "status.hpp"' 'from the root' "${includes[@]}"
expect tmd/internal/codec/decoder.hpp '#include "tmd/common/all.hpp"' 'no such part' "${includes[@]}"
expect tmd/common/all.hpp '#include <cstdint>' 'no place' "${includes[@]}"
expect tmd/internal/codec/decoder.hpp 'inline size_type f() { return 0; }' 'alone' "${alone[@]}"
expect tmd/internal/codec/decoder.hpp 'inline std::uint8_t f(int x) { return x; }' 'alone' "${alone[@]}"
# Names that platforms use for macros are found, in a copy of the tree.
mkdir -p "$folder/copy/bench/firmware"
cp -r "$here/../../include" "$folder/copy/"
cp "$here/../../bench/firmware/everything.cpp" "$folder/copy/bench/firmware/"
printf '%s\n' 'inline int bit(int x) { return x; }' 'enum class Level { LOW };' 'template <class SP> SP pass(SP x);' \
  >>"$folder/copy/include/tmd/status.hpp"
found=$("$here/check_everywhere.sh" "$folder/copy" "$compiler" -std=c++17 -fsyntax-only 2>&1) && failed=1
for name in bit LOW SP; do
  if ! grep -q "hostile_$name" <<<"$found"; then
    echo "FAILED: not found: $name"
    failed=1
  fi
done
[ "$failed" -eq 0 ] && echo "each fault was found"
exit "$failed"
