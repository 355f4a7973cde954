# What the tests of release archives share; sourced by each of them.
# shellcheck shell=bash
set -eu
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" "$root/meson.build")

skip() {
  echo "skipped: $1"
  exit 77
}
fail() {
  echo "FAILED: $1" >&2
  exit 1
}
needs() {
  local program
  for program in "$@"; do command -v "$program" >/dev/null || skip "$program is absent"; done
}

# needs_driver NAME: of include/tmd/port
needs_driver() {
  [ -f "$root/include/tmd/port/$1.hpp" ] || skip "there is no driver $1"
}

# check_includes: every header of the library that another one in $work/unpacked includes is there.
check_includes() {
  local headers name absent=0
  while read -r headers; do
    while read -r name; do
      [ -f "${headers%tmd}$name" ] || { echo "$name is included, and not in the archive"; absent=1; }
    done < <(grep -rhoP '^#include "\Ktmd/[^"]+' "$headers" | sort -u)
  done < <(find "$work/unpacked" -type d -name tmd -not -path '*/tmd/*')
  [ "$absent" -eq 0 ] || fail "the archive's headers do not compile"
}

# make_archive KIND FILE: builds it, twice, and unpacks it into $work/unpacked; the two must be equal, the list of
# contents must be what is in it, and no header may be missing.
make_archive() {
  local kind=$1 file=$2
  "$root/tools/package.sh" "$kind" "$work/archives" >"$work/log" || { cat "$work/log"; fail "package.sh $kind"; }
  [ -f "$work/archives/$file" ] || { cat "$work/log"; fail "package.sh $kind writes no $file"; }
  "$root/tools/package.sh" "$kind" "$work/again" >/dev/null
  cmp "$work/archives/$file" "$work/again/$file" || fail "the same sources give another $file"
  mkdir -p "$work/unpacked"
  case $file in
    *.tar.gz) tar -xzf "$work/archives/$file" -C "$work/unpacked" ;;
    *) python3 -m zipfile -e "$work/archives/$file" "$work/unpacked" ;;
  esac
  python3 "$root/tests/system/packages/check_sbom.py" "$work/unpacked" "$version"
  check_includes
  if grep -rn '@VERSION@\|@DATE@' "$work/unpacked"; then fail "a template was not filled in"; fi
}

# make_patches TMD: a base, a target, and the patches first (from nothing) and update, in $work
make_patches() {
  python3 - "$work" <<'PYTHON'
import pathlib, random, sys
random.seed(5)
work = pathlib.Path(sys.argv[1])
base = random.randbytes(5000)
target = bytearray(base)
for i in range(100, 4900, 37): target[i] = random.randrange(256)
(work / 'base.bin').write_bytes(base)
(work / 'target.bin').write_bytes(bytes(target) + b'more')
PYTHON
  "$1" diff /dev/null "$work/base.bin" -o "$work/first.tmd" >/dev/null
  "$1" diff "$work/base.bin" "$work/target.bin" -o "$work/update.tmd" >/dev/null
}

# check_terminal SOURCE: the stty that it says leaves bytes as they are, both ways, and does not send the board's own
# words back to it.
check_terminal() {
  python3 - "$1" <<'PYTHON'
import os, pty, re, subprocess, sys, termios
words = re.search(r'stty -F \S+ ([^;&|]+)', open(sys.argv[1]).read()).group(1).split()
_, terminal = pty.openpty()
subprocess.run(['stty', '-F', os.ttyname(terminal), *words], check=True)
read, written, _, local = termios.tcgetattr(terminal)[:4]
for name in ('ECHO', 'ICANON', 'ISIG'):
    assert not local & getattr(termios, name), name
for name in ('ICRNL', 'INLCR', 'IGNCR', 'ISTRIP', 'IXON', 'IXOFF'):
    assert not read & getattr(termios, name), name
assert not written & termios.OPOST, 'OPOST'
PYTHON
}
