#!/usr/bin/env bash
# Installs what the project is built and tested with (Debian 12). Does nothing, and needs no network, when
# everything is there.
# usage: tools/setup.sh [demo|test|test-all]
#   demo      what builds the program and the trainer, what the demo compares with, and an emulated board
#   test      all that tools/test.sh needs (without an argument, too)
#   test-all  what tools/test-all.sh needs, too: valgrind, coverage, other processors, a web server, a browser
set -eu

# The host program and the trainer: a compiler, meson and what its look-ups use, the libraries.
demo=(
  g++ meson ninja-build pkg-config cmake git
  libcli11-dev libfmt-dev nlohmann-json3-dev libflatbuffers-dev flatbuffers-compiler libdivsufsort-dev
  libmbedtls-dev libsodium-dev libelf-dev libzip-dev zlib1g-dev
  # What the demo compares with.
  xz-utils zstd
  # The programs for boards and the emulator that they run in.
  gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib qemu-system-arm
)
test=(
  "${demo[@]}"
  # The second compiler and its sanitizers, tests, style.
  clang lld libclang-rt-14-dev clang-format doctest-dev libbenchmark-dev zip spin openssl
  # The Arduino library is compiled with it.
  arduino-builder
  # What the benchmarks compare with.
  bsdiff xdelta3 brotli
)
test_all=(
  "${test[@]}"
  # Other compilers, and processors of other kinds.
  g++-11 clang-16 gcc-riscv64-unknown-elf gcc-s390x-linux-gnu g++-s390x-linux-gnu
  # Memory checks, coverage, emulated processors.
  valgrind gcovr g++-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user qemu-user-static
  # Servers and browsers that links, published trees and pages are tried with.
  nginx-light chromium curl libcurl4-openssl-dev
  libcoap3-dev libcoap3-bin libmosquitto-dev mosquitto
  # A hardware module in software, spoken to through PKCS#11; the tool for artifacts of a fleet's server.
  softhsm2 opensc mender-artifact
  # Another interpreter, which this one is compared with; TFLite's library comes from npm.
  libarmnn-dev libarmnntfliteparser-dev libarmnn-cpuref-backend22
  # Release archives: the wheel, and the Pico example's emulator, which comes from npm.
  python3-venv
)
command -v npm >/dev/null || test_all+=(nodejs npm)
# The encoder runs on another processor too, under qemu-user, with the libraries that it links.
[ "$(uname -m)" != x86_64 ] || test_all+=(libdivsufsort-dev:arm64 libstdc++6:arm64)

case ${1:-test} in
  demo) packages=("${demo[@]}") ;;
  test) packages=("${test[@]}") ;;
  test-all) packages=("${test_all[@]}") ;;
  *)
    sed -n '/^# usage/,/^set/s/^# //p' "$0" >&2
    exit 2
    ;;
esac

# On macOS brew has the same under other names. The programs for boards and what else is Debian's is not asked for.
if [ "$(uname -s)" = Darwin ]; then
  command -v brew >/dev/null || { echo "setup.sh: install brew first: https://brew.sh" >&2; exit 1; }
  exec brew install --quiet meson ninja pkg-config cmake cli11 fmt nlohmann-json flatbuffers libdivsufsort mbedtls@2 \
    libsodium libelf libzip doctest google-benchmark xz zstd
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | head -n 1 || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "installing: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "setup.sh: run this as root, or install sudo: apt-get install ${missing[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi
case ${missing[*]} in *:arm64*) "${as_root[@]}" dpkg --add-architecture arm64 ;; esac
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
