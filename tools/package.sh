#!/usr/bin/env bash
# Writes the release archive of one kind, with the repository's version, and says which files it wrote.
# usage: tools/package.sh KIND [FOLDER]     FOLDER: where to, build/packages unless given
# KIND: zephyr, esp-idf, arduino, platformio, particle, cmsis-pack, cmake, single-header, host, or all (without host)
# The same commit gives the same bytes: names are sorted, times are the commit's (or SOURCE_DATE_EPOCH's).
# host builds for this machine's processor, or for TMD_ARCHITECTURE (x86_64, aarch64).
# Each archive has a list of what is in it: sbom.spdx.json (SPDX 2.3). tools/package/README.md says what each is for.
set -eu
usage() {
  sed -n '/^# usage/,/^# KIND/s/^# //p' "$0" >&2
  exit 2
}
[ $# -eq 1 ] || [ $# -eq 2 ] || usage
kind=$1
root=$(cd "$(dirname "$0")/.." && pwd)
templates=$root/tools/package
out=${2:-$root/build/packages}
mkdir -p "$out"
out=$(cd "$out" && pwd)
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" "$root/meson.build")
[ -n "$version" ] || { echo "package.sh: meson.build states no version" >&2; exit 1; }
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
  SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct 2>/dev/null || stat -c %Y "$root/meson.build")
fi
export SOURCE_DATE_EPOCH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fill TEMPLATE FILE: with the version and the date in it
fill() {
  mkdir -p "$(dirname "$2")"
  sed -e "s/@VERSION@/$version/g" -e "s/@DATE@/$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)/g" "$templates/$1" >"$2"
}
# headers FOLDER [PORT...]: the device half; of the drivers those that this kind of platform can compile
headers() {
  local to=$1 port
  shift
  mkdir -p "$to"
  cp -r "$root/include/tmd" "$to/tmd"
  for port in "$to"/tmd/port/*.hpp; do
    [ -f "$port" ] || continue
    case " $* bus " in
      *" all "* | *" $(basename "$port" .hpp) "*) ;;
      *) rm "$port" ;;
    esac
  done
}
# example NAME FOLDER: what a user lifts, without what only this build needs
example() {
  mkdir -p "$2"
  cp -r "$root/examples/$1/." "$2"
  rm -f "$2/meson.build"
}
# finish FOLDER FILE [LIBRARY VERSION LICENCE]...: licence, list of contents, archive
finish() {
  local folder=$1 file=$2
  shift 2
  cp "$root/LICENSE" "$folder/LICENSE"
  python3 "$templates/sbom.py" "$folder" "$version" "$@"
  python3 "$templates/archive.py" "$folder" "$out/$file"
  echo "$out/$file"
}

package_zephyr() {
  local to=$work/tinymldelta
  headers "$to/include" zephyr_flash file_flash
  for file in module.yml CMakeLists.txt Kconfig; do fill "zephyr/$file" "$to/zephyr/$file"; done
  fill zephyr/README.md "$to/README.md"
  example zephyr "$to/samples/model_update"
  finish "$to" "tinymldelta-zephyr-$version.tar.gz"
}
package_esp-idf() {
  local to=$work/tinymldelta
  headers "$to/include" esp_partition_flash
  for file in idf_component.yml CMakeLists.txt README.md; do fill "esp-idf/$file" "$to/$file"; done
  example esp32 "$to/examples/model_update"
  finish "$to" "tinymldelta-esp-idf-$version.tar.gz"
}
package_arduino() {
  local to=$work/TinyMLDelta
  headers "$to/src" ra4m1_flash esp_partition_flash mbed_flash stm32h7_flash rp2040_flash two_flashes
  for file in library.properties keywords.txt README.md; do fill "arduino/$file" "$to/$file"; done
  fill arduino/TinyMLDelta.h "$to/src/TinyMLDelta.h"
  example uno_r4_wifi "$to/examples/uno_r4_wifi"
  finish "$to" "TinyMLDelta-arduino-$version.zip"
}
package_platformio() {
  local to=$work/TinyMLDelta
  headers "$to/include" all
  for file in library.json README.md; do fill "platformio/$file" "$to/$file"; done
  fill arduino/TinyMLDelta.h "$to/include/TinyMLDelta.h"
  example uno_r4_wifi "$to/examples/uno_r4_wifi"
  finish "$to" "TinyMLDelta-platformio-$version.tar.gz"
}
package_particle() {
  local to=$work/TinyMLDelta
  headers "$to/src" file_flash
  for file in library.properties README.md; do fill "particle/$file" "$to/$file"; done
  fill arduino/TinyMLDelta.h "$to/src/TinyMLDelta.h"
  fill particle/update_from_serial.cpp "$to/examples/update_from_serial/update_from_serial.cpp"
  finish "$to" "TinyMLDelta-particle-$version.tar.gz"
}
package_cmsis-pack() {
  local to=$work/pack
  headers "$to/include" cmsis_driver_flash stm32_controller stm32l4_flash stm32f4_flash stm32h7_flash \
    nrf52_nvmc_flash ra4m1_flash
  fill cmsis-pack/TinyMLDelta.tinymldelta.pdsc "$to/TinyMLDelta.tinymldelta.pdsc"
  fill cmsis-pack/README.md "$to/README.md"
  finish "$to" "TinyMLDelta.tinymldelta.$version.pack"
}
package_cmake() {
  local to=$work/tinymldelta-$version
  headers "$to/include" all
  for file in CMakeLists.txt TinyMLDeltaConfig.cmake.in README.md; do fill "cmake/$file" "$to/$file"; done
  finish "$to" "tinymldelta-cmake-$version.tar.gz"
}
package_single-header() {
  local to=$work/tinymldelta-single-header-$version
  mkdir -p "$to"
  python3 "$templates/single-header/amalgamate.py" "$root/include" "$version" >"$to/tmd.hpp"
  fill single-header/README.md "$to/README.md"
  finish "$to" "tinymldelta-single-header-$version.zip"
}
package_host() {
  local architecture=${TMD_ARCHITECTURE:-$(uname -m)} name
  name=tmd-$version-linux-$architecture
  "$templates/host/build.sh" "$root" "$version" "$work" "$architecture"
  local wheel=$work/archives/tinymldelta-$architecture.wheel libraries=()
  while IFS=$'\t' read -r library of licence; do libraries+=("$library" "$of" "$licence"); done <"$wheel/libraries.txt"
  finish "$work/archives/$name" "$name.tar.gz" "${libraries[@]}"
  python3 "$templates/host/wheel.py" "$wheel" "$version" "$out"
}

case $kind in
  zephyr | esp-idf | arduino | platformio | particle | cmsis-pack | cmake | single-header | host) "package_$kind" ;;
  all)
    for each in zephyr esp-idf arduino platformio particle cmsis-pack cmake single-header; do "$0" "$each" "$out"; done
    ;;
  *) usage ;;
esac
