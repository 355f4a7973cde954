#!/usr/bin/env bash
# Builds the program tmd as one static file, and the folders of the two archives that carry it.
# usage: build.sh ROOT VERSION WORK ARCHITECTURE     x86_64 or aarch64; WORK/archives gets the folders
# Libraries that Debian has only as shared ones are built from Debian's sources; for aarch64 all others come from
# Debian's packages for it, unpacked beside the system. Ends with 77 where they cannot be had. TMD_HOST_CACHE: a folder
# that keeps them for the next time.
set -eu
[ $# -eq 4 ] || { sed -n '/^# usage/s/^# //p' "$0" >&2; exit 2; }
root=$1 version=$2 work=$3 architecture=$4
here=$(cd "$(dirname "$0")" && pwd)
cache=${TMD_HOST_CACHE:-$root/build/host-libraries}/$architecture
case $architecture in
  x86_64) debian=amd64 ;;
  aarch64) debian=arm64 ;;
  *) echo "build.sh: no packages for $architecture" >&2; exit 2 ;;
esac
"$here/static_libraries.sh" "$cache" "$debian" || exit $?

build=$work/build
options=(-Dbuildtype=release -Dstrip=true -Db_lto=false --prefer-static --default-library=static
  -Dtests=disabled -Dbench=disabled -Dfuzz=disabled -Dexamples=disabled -Dfirmware=disabled -Dtools=enabled)
export PKG_CONFIG_PATH=$cache/prefix/lib/pkgconfig
flags=
link="-static -L$cache/prefix/lib"
if [ "$architecture" != "$(uname -m)" ]; then
  triplet=$architecture-linux-gnu
  sysroot=$cache/sysroot
  pkgconfig=$cache/prefix/lib/pkgconfig:$sysroot/usr/lib/$triplet/pkgconfig
  pkgconfig=$pkgconfig:$sysroot/usr/share/pkgconfig:/usr/share/pkgconfig
  cat >"$work/cross.ini" <<INI
[binaries]
cpp = '$triplet-g++'
ar = '$triplet-ar'
strip = '$triplet-strip'
pkgconfig = 'pkg-config'
[host_machine]
system = 'linux'
cpu_family = '$architecture'
cpu = '$architecture'
endian = 'little'
[properties]
pkg_config_libdir = '$pkgconfig'
sys_root = '$sysroot'
library_dirs = ['$sysroot/usr/lib/$triplet']
INI
  options+=(--cross-file "$work/cross.ini")
  flags="$flags -isystem $cache/prefix/include -isystem $sysroot/usr/include"
  link="$link -L$sysroot/usr/lib/$triplet"
fi
CXX=${CXX:-g++} meson setup "$build" "$root" "${options[@]}" "-Dcpp_args=$flags" "-Dcpp_link_args=$link" \
  >"$work/host.log" 2>&1 || { cat "$work/host.log" >&2; exit 1; }
if grep '^Message: .* left out: lib' "$work/host.log" >&2; then
  echo "build.sh: an archive has all parts of the program" >&2
  exit 1
fi
ninja -C "$build" -j "${TMD_JOBS:-$(nproc)}" tools/cli/tmd >>"$work/host.log" 2>&1 ||
  { tail -40 "$work/host.log" >&2; exit 1; }
tmd=$build/tools/cli/tmd
if readelf -l "$tmd" | grep -q INTERP; then
  echo "build.sh: $tmd is not static" >&2
  exit 1
fi

folder=$work/archives/tmd-$version-linux-$architecture
wheel=$work/archives/tinymldelta-$architecture.wheel
mkdir -p "$folder" "$wheel"
strip=${STRIP:-$([ "$architecture" = "$(uname -m)" ] && echo strip || echo "$architecture-linux-gnu-strip")}
"$strip" -o "$folder/tmd" "$tmd"
cp "$root/LICENSE" "$here/README.md" "$folder/"
cp "$folder/tmd" "$wheel/tmd"
cp "$root/LICENSE" "$wheel/LICENSE"
cp "$cache/libraries.txt" "$wheel/libraries.txt"
