#!/usr/bin/env bash
# The host program under valgrind: every command over a made pair. usage: run.sh BUILD
set -u
tmd=$PWD/$1/tools/cli/tmd
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failed=0

# check STATUS COMMAND…: it ends with STATUS, and valgrind finds nothing.
check() {
  local status=$1
  shift
  valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite "$tmd" "$@" >log 2>&1
  local got=$?
  if [ "$got" -ne "$status" ]; then
    echo "FAILED: tmd $*: status $got"
    sed 's/^/  /' log
    failed=1
  fi
}

command -v valgrind >/dev/null || {
  echo "skipped: valgrind is absent"
  exit 0
}
tail -c +20001 "$tmd" | head -c 9000 >old.bin
{ head -c 4000 old.bin && printf 'another piece' && tail -c 4500 old.bin; } >new.bin
check 0 --help
check 0 diff old.bin new.bin -o update.tmd
check 0 inspect update.tmd
check 0 verify update.tmd --base old.bin --target new.bin
check 0 apply old.bin update.tmd -o made.bin
cmp -s made.bin new.bin || failed=1
check 0 simulate old.bin update.tmd --flash flash.bin --loss 0.05 --cut-at 50%
check 0 keygen key.pem --public public.pem
check 0 sign update.tmd --key key.pem -o signed.tmd
check 0 verify signed.tmd --base old.bin --target new.bin --public-key public.pem
check 0 diff --format 1 old.bin new.bin -o first.tmd
exit "$failed"
