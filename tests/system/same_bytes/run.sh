#!/usr/bin/env bash
# The same inputs give the same bodies: with g++ and clang++, unoptimised and optimised, on one processor or all, and
# on aarch64 under qemu-user. usage: run.sh ROOT [BASE TARGET …]
set -u
root=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The encoder, and what it reads models with.
sources=("$root"/tools/codec/*.cpp "$root"/tools/model/{accelerator,compression,model,operators,reader}.cpp
  "$root/tests/system/same_bytes/bodies.cpp")
flatc --cpp --scoped-enums --gen-object-api --gen-compare -o "$folder/model" "$root/tools/model/schema.fbs" || exit 1
failed=0
compared=0

# build NAME COMPILER OPTION…
build() {
  local name=$1
  shift
  "$@" -std=c++20 -ffp-contract=off -DFMT_HEADER_ONLY -I"$root/include" -I"$root/tools" -I"$folder" \
    "${sources[@]}" -ldivsufsort -pthread -o "$folder/$name" && return
  echo "FAILED: $name does not compile"
  failed=1
  return 1
}

# compare NAME COMMAND…: what it prints, against the first that was built.
compare() {
  local name=$1
  shift
  if ! "$@" >"$folder/$name.txt"; then
    echo "FAILED: $name does not run"
    failed=1
  elif [ ! -s "$folder/expected.txt" ]; then
    cp "$folder/$name.txt" "$folder/expected.txt"
    cat "$folder/expected.txt"
  elif ! diff <(head -n "$(wc -l <"$folder/$name.txt")" "$folder/expected.txt") "$folder/$name.txt"; then
    echo "FAILED: $name makes other bodies"
    failed=1
  else
    echo "$name: the same"
    compared=$((compared + 1))
  fi
}

pairs=("$@")
build g++-O2 g++ -O2 || exit 1
compare g++-O2 "$folder/g++-O2" "${pairs[@]}"
compare one-processor taskset -c 0 "$folder/g++-O2" "${pairs[@]}"
build g++-O0 g++ -O0 && compare g++-O0 "$folder/g++-O0" "${pairs[@]}"
if command -v clang++ >/dev/null; then
  build clang++-O2 clang++ -O2 && compare clang++-O2 "$folder/clang++-O2" "${pairs[@]}"
else
  echo "skipped: clang++ is absent"
fi
if command -v aarch64-linux-gnu-g++ >/dev/null && command -v qemu-aarch64 >/dev/null &&
  [ -e /usr/lib/aarch64-linux-gnu/libdivsufsort.so ] && [ -e /usr/lib/aarch64-linux-gnu/libstdc++.so.6 ]; then
  build aarch64 aarch64-linux-gnu-g++ -O2 -L/usr/lib/aarch64-linux-gnu &&
    compare aarch64 timeout 300 qemu-aarch64 "$folder/aarch64" "${pairs[@]}"
else
  echo "skipped: aarch64 needs g++-aarch64-linux-gnu, qemu-user, libdivsufsort-dev:arm64 and libstdc++6:arm64"
fi
[ "$failed" -eq 0 ] && [ "$compared" -ge 2 ]
