#!/usr/bin/env bash
# The main job, start to end: two models in, a patch out, the patch streamed in radio-sized packets into simulated
# flash with a packet lost and the power cut on the way, the new model proven, switched to and compared.
# usage: tools/demo.sh [BASE TARGET]     without arguments it trains two models of its own (tools/modelgen)
set -eu

[ $# -eq 0 ] || [ $# -eq 2 ] || {
  echo "usage: tools/demo.sh [BASE TARGET]" >&2
  exit 2
}
for file in "$@"; do
  [ -f "$file" ] || {
    echo "demo.sh: there is no file $file" >&2
    exit 1
  }
done
[ $# -eq 0 ] || set -- "$(realpath -- "$1")" "$(realpath -- "$2")"
cd "$(dirname "$0")/.."

bold='' plain=''
if [ -t 1 ]; then bold=$'\e[1m' plain=$'\e[0m'; fi
heading() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
size_of() { stat -L -c %s -- "$1"; }
# commas 1234567: 1,234,567
commas() { sed -E ':a; s/^([0-9]+)([0-9]{3})/\1,\2/; ta' <<<"$1"; }
# row NAME BYTES: one line of the table of sizes, as a share of the target
row() {
  printf '  %-28s %12s bytes %7s %%\n' "$1" "$(commas "$2")" \
    "$(awk -v part="$2" -v whole="$full" 'BEGIN { printf "%.1f", whole ? 100 * part / whole : 0 }')"
}

tools/setup.sh demo
# What is built already is not built again; else a folder with nothing in it but what this demo needs.
build=build
[ -f build/build.ninja ] || build=build-demo
out=$build/demo
mkdir -p "$out"
# The program and, where no models are given, two that are trained while it is compiled.
targets=(tmd:executable)
[ $# -gt 0 ] || targets+=(demo_models)
build_quietly() {
  {
    [ -f $build/build.ninja ] ||
      meson setup $build -Doptimization=0 -Ddebug=false -Dlarge_units=true -Dtests=disabled -Dbench=disabled \
        -Dfuzz=disabled -Dexamples=disabled -Dfirmware=disabled
  } >"$out/build.log" 2>&1 &&
    meson compile -C $build "${targets[@]}" >>"$out/build.log" 2>&1 || {
    cat "$out/build.log" >&2
    exit 1
  }
}
echo "building …"
# What the device at the end runs is compiled meanwhile; where it is not, it says why when it is run.
if [ $# -eq 0 ]; then examples/cortex-m/run.sh "$out/device" >/dev/null 2>&1 & fi
build_quietly
wait
tmd=$build/tools/cli/tmd

windows=
if [ $# -eq 0 ]; then
  heading "Two models, trained here and now"
  sed 's/^/  /' $build/tools/modelgen/demo_models.txt
  windows=$out/windows.bin
  set -- "$out/base.tflite" "$out/finetune.tflite"
fi
base=$1 target=$2
full=$(size_of "$target")

heading "The models"
printf '  base    %12s bytes  %s\n' "$(commas "$(size_of "$base")")" "$base"
printf '  target  %12s bytes  %s\n' "$(commas "$full")" "$target"

heading "What must be sent"
patch=$out/update.tmd
"$tmd" diff "$base" "$target" -o "$patch" >/dev/null
row "the whole model" "$full"
row "the whole model, xz -9e" "$(xz -9e -c -- "$target" | wc -c)"
row "zstd -22 --patch-from" "$(zstd -q --ultra -22 --patch-from="$base" -c -- "$target" 2>/dev/null | wc -c)"
row "tmd diff" "$(size_of "$patch")"

heading "The update, over a bad radio link, with a power cut"
rm -f "$out/flash.bin"
"$tmd" simulate "$base" "$patch" --flash "$out/flash.bin" --mtu 51 --loss 0.01 \
  --lose-at "$(($(size_of "$patch") / 5))" --cut-at 50% -o "$out/active.bin" | sed 's/^/  /'

heading "The proof"
if cmp "$out/active.bin" "$target"; then
  printf '  the active slot and the target are equal, byte for byte (%s bytes)\n' "$(commas "$full")"
else
  printf '  THE ACTIVE SLOT DIFFERS FROM THE TARGET\n'
  exit 1
fi
if [ -n "$windows" ]; then
  heading "The device answers: a Cortex-M4 in QEMU, packets of 20 bytes, power cut half-way"
  status=0
  examples/cortex-m/run.sh "$out/device" "$base" "$target" "$patch" "$windows" > "$out/device.txt" || status=$?
  if [ $status -eq 77 ]; then
    sed 's/^/  /' "$out/device.txt"
  else
    grep -E '^(before|after):' "$out/device.txt" | sed 's/^/  /'
    printf '\n  %-24s %s\n' "60 windows of new users" "named right on the device"
    awk -F'\t' '/^(before|after)\t/ {
      split($2, part, " ")
      printf "  %-24s %d of %d, %.1f %%\n", $1 " the update", part[1], part[3], 100 * part[1] / part[3]
    }' "$out/device.txt"
    tail -n 1 "$out/device.txt" | sed 's/^/  /'
    [ $status -eq 0 ] || exit 1
  fi
fi
printf '\nThe patch is %s; look into it with: %s inspect %s\n' "$patch" "$tmd" "$patch"
