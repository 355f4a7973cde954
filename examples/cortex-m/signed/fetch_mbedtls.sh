#!/usr/bin/env bash
# Fetches the source of Debian's mbedtls package and unpacks it. Does nothing where it is there already.
# usage: fetch_mbedtls.sh FOLDER      then FOLDER/library and FOLDER/include are Mbed TLS's
# Exit code 77 where the source cannot be had.
set -u
[ $# -eq 1 ] || { sed -n '/^# usage/s/^# //p' "$0" >&2; exit 2; }
folder=$(realpath -m "$1")
[ -f "$folder/library/ecdsa.c" ] && exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/archives/partial"
echo 'deb-src http://deb.debian.org/debian bookworm main' >"$work/sources.list"
# apt gets lists and caches of its own: the machine's stay as they are.
apt=(timeout 120 apt-get -q -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
  -o Dir::State::lists="$work/lists" -o Dir::Cache="$work" -o Acquire::Retries=0 -o Acquire::http::Timeout=15
  -o APT::Sandbox::User=root)
cd "$work" || exit 1
if ! "${apt[@]}" update >log 2>&1 || ! "${apt[@]}" source --download-only mbedtls >>log 2>&1; then
  echo "the source of mbedtls cannot be had:"
  tail -3 log
  exit 77
fi
mkdir -p source && tar -xf mbedtls_*.orig.tar.* -C source --strip-components=1 || exit 1
mkdir -p "$(dirname "$folder")" && rm -rf "$folder" && mv source "$folder"
