#!/usr/bin/env bash
# Installs what the project is built and tested with (Debian 12). Does nothing, and needs no network, when
# everything is there.
set -eu

packages=(
  # Building: compilers, meson and what its dependency look-ups use.
  g++ clang libclang-rt-14-dev meson ninja-build pkg-config cmake git
  # The host program.
  libcli11-dev libfmt-dev nlohmann-json3-dev libflatbuffers-dev flatbuffers-compiler libdivsufsort-dev
  libmbedtls-dev libsodium-dev libelf-dev libzip-dev
  # Tests, benchmarks, style.
  doctest-dev libbenchmark-dev clang-format zip spin openssl
  # The Cortex-M example and the emulator it runs in.
  gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib qemu-system-arm
  # What the demo and the benchmarks compare with.
  xz-utils zstd bsdiff xdelta3 brotli
)

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
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
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
