#!/usr/bin/env bash
# Runs every model of a folder with the project's interpreter, with TFLite's C library and with Arm NN, on the same
# random inputs, and says where the outputs differ from theirs and from the stored ones. The others are test tools:
# nothing of them is part of tmd.
# usage: tools/compare-interpreters.sh [FOLDER [--store]]      default: the corpus beside the checkout
#   --store: writes tests/system/interpreters/outputs.tsv, which the next run compares with
#   TMD: the program (default build/tools/cli/tmd); SEEDS: inputs of each model (default "1 2 3 4");
#   TFLITE: libtensorflowlite_c.so; without it npm fetches it (tfjs-tflite-node 0.0.2) into build/interpreters
# Exit status 1 where a model differs by more than the tolerance, and not for a cause that is listed and holds; 77 where
# neither of the others can be had.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$root/../shared/corpus/models}
tmd=${TMD:-$root/build/tools/cli/tmd}
seeds=${SEEDS:-1 2 3 4}
work=$root/build/interpreters
sources=$root/tests/system/interpreters
[ -d "$folder" ] || { echo "skipped: there is no folder of models $folder"; exit 77; }
[ -x "$tmd" ] || { echo "compare-interpreters.sh: build tmd first, or say TMD=…" >&2; exit 2; }
mkdir -p "$work"

package=tfjs-tflite-node version=0.0.2
sum=3be1632328a76a2475e5b6833253763c802c859433becb4d879ee1860e3b5284
if [ -z "${TFLITE:-}" ]; then
  TFLITE=$work/package/cc_deps/linux_amd64/libtensorflowlite_c.so
  if [ ! -f "$TFLITE" ] && command -v npm > /dev/null; then
    (cd "$work" && npm pack --silent $package@$version > npm.log 2>&1 &&
      echo "$sum  $package-$version.tgz" | sha256sum --check --quiet && tar -xzf $package-$version.tgz) || true
  fi
fi
tflite='' armnn=''
if [ -f "$TFLITE" ] && cc -O1 "$sources/run_tflite.c" -o "$work/run_tflite" -ldl; then tflite=$work/run_tflite
else echo "skipped: TFLite, npm's $package $version cannot be had"; fi
if [ -f /usr/include/armnnTfLiteParser/ITfLiteParser.hpp ] &&
  c++ -O1 "$sources/run_armnn.cpp" -o "$work/run_armnn" -larmnn -larmnnTfLiteParser 2> "$work/armnn.log"; then
  armnn=$work/run_armnn
else echo "skipped: Arm NN, Debian's libarmnn-dev and libarmnntfliteparser-dev are not installed"; fi
[ -n "$tflite$armnn" ] || exit 77

# rounded NAME LINE: the interpreter with another last line of Multiplier::of, which rounds as another one does. So a
# cause in differences.tsv can be tried.
rounded() {
  local header=$work/$1/interpreter/fixed_point.hpp line='return rounding_shift(high_product(scaled, value), right);'
  mkdir -p "$(dirname "$header")"
  sed "s|$line|$2|" "$root/tools/interpreter/fixed_point.hpp" >"$header"
  if cmp -s "$header" "$root/tools/interpreter/fixed_point.hpp"; then
    echo "compare-interpreters.sh: Multiplier::of has no line '$line'" >&2
    exit 2
  fi
  c++ -std=c++20 -O1 -I"$work/$1" -I"$root/tools" -I"$root/include" "$sources/run_own.cpp" -o "$work/run_$1"
}
# Halves of the second rounding go up where the reference kernels' go away from zero.
half='((std::int64_t{1} << right) >> 1)'
rounded halves_up "return static_cast<std::int32_t>((high_product(scaled, value) + $half) >> right);"
# One rounding of the whole product in place of two.
product='(std::int64_t{scaled} * value)' half='(std::int64_t{1} << (30 + right))' bits='(31 + right)'
rounds="$product < 0 ? -(($half - $product) >> $bits) : ($product + $half) >> $bits"
rounded once "return static_cast<std::int32_t>($rounds);"

export TFLITE
python3 "$sources/compare.py" "$tmd" "$tflite" "$armnn" "$sources" "$work" "$seeds" "$folder" "${@:2}"
