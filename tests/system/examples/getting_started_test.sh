#!/usr/bin/env bash
# Runs every command of docs/getting-started.md in an empty folder, and compares what each block prints with the block
# of text that follows it. Numbers and digests may differ, nothing else.
# usage: getting_started_test.sh ROOT TMD MODELGEN
set -eu
root=$1
[ -f "$root/include/tmd/port/file_flash.hpp" ] || { echo "skipped: there is no driver file_flash"; exit 77; }
# The demo of a fresh clone builds where the page then looks for the programs.
built=$(sed -n 's|^\[ -f build/build.ninja \] .. build=||p' "$root/tools/demo.sh")
grep -qF "PATH=\$PWD/$built/tools/cli:\$PWD/$built/tools/modelgen:" "$root/docs/getting-started.md" ||
  { echo "FAILED: tools/demo.sh builds in '$built', and the page looks elsewhere"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TMD=$root
PATH=$(dirname "$2"):$(dirname "$3"):$PATH
# Blocks, numbered: N.sh what is run, N.text what it prints.
awk -v folder="$work" '
  /^```sh$/ { file = folder "/" ++count ".sh"; next }
  /^```text$/ && count { file = folder "/" count ".text"; next }
  /^```/ { file = ""; next }
  file { print > file }' "$root/docs/getting-started.md"
count=$(find "$work" -name '*.sh' | wc -l)
[ "$count" -ge 6 ] || { echo "FAILED: only $count blocks were found"; exit 1; }
same() { sed -E 's/[0-9a-f]{64}/DIGEST/; s/[0-9][0-9,]*/N/g; s/ +/ /g; s/gesture -N/gesture minus N/'; }
cd "$work"
for i in $(seq 1 "$count"); do
  set +e
  output=$(cd "$(cat folder 2>/dev/null || echo .)" && set -e && . "$work/$i.sh" 2>&1 && pwd >"$work/folder")
  status=$?
  set -e
  [ $status -eq 0 ] || { cat "$i.sh"; echo "$output"; echo "FAILED: block $i ends with $status"; exit 1; }
  [ -f "$i.text" ] || continue
  if ! diff <(printf '%s\n' "$output" | same) <(same <"$i.text"); then
    cat "$i.sh"
    echo "FAILED: block $i prints something else"
    exit 1
  fi
done
echo "$count blocks"
