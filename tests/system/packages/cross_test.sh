#!/usr/bin/env bash
# The program for another processor, as its archive is built: it is configured with nothing that would run there. This
# machine's compiler stands for that processor's.
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/cross.ini" <<'INI'
[binaries]
cpp = 'g++'
ar = 'ar'
strip = 'strip'
pkgconfig = 'pkg-config'
[host_machine]
system = 'linux'
cpu_family = 'another'
cpu = 'another'
endian = 'little'
[properties]
needs_exe_wrapper = true
INI
if ! meson setup "$work/build" "$root" --cross-file "$work/cross.ini" -Dtests=disabled -Dbench=disabled \
  -Dfuzz=disabled -Dexamples=disabled -Dfirmware=disabled -Dtools=enabled >"$work/log" 2>&1; then
  cat "$work/log"
  exit 1
fi
