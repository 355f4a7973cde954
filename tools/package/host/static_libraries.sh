#!/usr/bin/env bash
# Makes the static libraries that tmd is linked with and this system does not have: FOLDER/prefix is built from Debian's
# sources, FOLDER/sysroot is Debian's packages of another architecture. FOLDER/libraries.txt lists what is linked in:
# name, version, licence.
# usage: static_libraries.sh FOLDER ARCHITECTURE     amd64 or arm64
# Ends with 77 where Debian's packages cannot be had. Changes nothing of the system: lists and cache are of its own.
set -eu
[ $# -eq 2 ] || { sed -n '/^# usage/s/^# //p' "$0" >&2; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
architecture=$2
[ ! -f "$folder/libraries.txt" ] || exit 0
cd "$folder"
skip() {
  echo "skipped: $1" >&2
  exit 77
}
command -v apt-get >/dev/null || skip "there is no apt-get"
. /etc/os-release
mkdir -p apt/lists/partial apt/cache/archives/partial sources
printf 'deb http://deb.debian.org/debian %s main\ndeb-src http://deb.debian.org/debian %s main\n' \
  "${VERSION_CODENAME:-stable}" "${VERSION_CODENAME:-stable}" >apt/sources.list
own=(-q -o "Dir::Etc::sourcelist=$folder/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
  -o "Dir::State::lists=$folder/apt/lists" -o "Dir::Cache=$folder/apt/cache" -o "APT::Architecture=$architecture"
  -o "APT::Architectures=$architecture" -o Acquire::Retries=0 -o Acquire::http::Timeout=20)
apt-get "${own[@]}" update >apt/log 2>&1 || skip "Debian's lists cannot be fetched"

cross=()
if [ "$architecture" = arm64 ] && [ "$(uname -m)" != aarch64 ]; then
  command -v aarch64-linux-gnu-g++ >/dev/null || skip "aarch64-linux-gnu-g++ is absent"
  packages=(zlib1g-dev libelf-dev libmbedtls-dev libsodium-dev libflatbuffers-dev libflatbuffers2 libfmt-dev)
  (cd apt/cache && apt-get "${own[@]}" download "${packages[@]}" >>../log 2>&1) || skip "packages for $architecture"
  for package in apt/cache/*.deb; do dpkg -x "$package" sysroot; done
  # Headers of packages that are the same everywhere.
  for shared in CLI nlohmann; do
    [ ! -d "/usr/include/$shared" ] || cp -r "/usr/include/$shared" sysroot/usr/include/
  done
  cross=(-DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc
    "-DZLIB_INCLUDE_DIR=$folder/sysroot/usr/include"
    "-DZLIB_LIBRARY=$folder/sysroot/usr/lib/aarch64-linux-gnu/libz.a")
fi

# from_source NAME OPTION...: Debian's source package, built with CMake into the prefix
from_source() {
  local name=$1
  shift
  (cd sources && apt-get "${own[@]}" source --download-only "$name" >>../apt/log 2>&1) || skip "the source of $name"
  mkdir -p "sources/$name" "sources/$name-build"
  tar -xf "$(ls sources/"$name"_*.orig.tar.* | grep -v '\.asc$' | head -n 1)" -C "sources/$name" --strip-components=1
  {
    cmake -S "sources/$name" -B "sources/$name-build" -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF \
      "-DCMAKE_INSTALL_PREFIX=$folder/prefix" -DCMAKE_INSTALL_LIBDIR=lib "${cross[@]}" "$@" &&
      cmake --build "sources/$name-build" -j "${TMD_JOBS:-$(nproc)}" && cmake --install "sources/$name-build"
  } >>apt/log 2>&1 || { tail -20 apt/log >&2; exit 1; }
}
from_source libdivsufsort -DBUILD_EXAMPLES=OFF
from_source libzip -DENABLE_COMMONCRYPTO=OFF -DENABLE_GNUTLS=OFF -DENABLE_MBEDTLS=OFF -DENABLE_OPENSSL=OFF \
  -DENABLE_BZIP2=OFF -DENABLE_LZMA=OFF -DENABLE_ZSTD=OFF -DBUILD_TOOLS=OFF -DBUILD_REGRESS=OFF -DBUILD_EXAMPLES=OFF \
  -DBUILD_DOC=OFF

# Debian has no static libfmt; its headers are enough.
mkdir -p prefix/lib/pkgconfig
printf 'Name: fmt\nDescription: headers alone\nVersion: %s\nCflags: -DFMT_HEADER_ONLY\n' \
  "$(pkg-config --modversion fmt)" >prefix/lib/pkgconfig/fmt.pc

version_of() { apt-cache "${own[@]}" show "$1" 2>/dev/null | sed -n 's/^Version: //p' | head -n 1; }
{
  printf 'libdivsufsort\t%s\tMIT\n' "$(version_of libdivsufsort-dev)"
  printf 'libzip\t%s\tBSD-3-Clause\n' "$(version_of libzip-dev)"
  printf 'zlib\t%s\tZlib\n' "$(version_of zlib1g-dev)"
  printf 'elfutils (libelf)\t%s\tLGPL-3.0-or-later OR GPL-2.0-or-later\n' "$(version_of libelf-dev)"
  printf 'mbedtls\t%s\tApache-2.0\n' "$(version_of libmbedtls-dev)"
  printf 'libsodium\t%s\tISC\n' "$(version_of libsodium-dev)"
  printf 'fmt\t%s\tMIT\n' "$(version_of libfmt-dev)"
  printf 'CLI11\t%s\tBSD-3-Clause\n' "$(version_of libcli11-dev)"
  printf 'nlohmann-json\t%s\tMIT\n' "$(version_of nlohmann-json3-dev)"
  printf 'flatbuffers\t%s\tApache-2.0\n' "$(version_of libflatbuffers-dev)"
  printf 'glibc\t%s\tLGPL-2.1-or-later\n' "$(version_of libc6-dev)"
} >libraries.part
mv libraries.part libraries.txt
