#!/usr/bin/env bash
# Checks the model of the slots and the journal with spin: no state of it breaks a property, and each rule that
# is left out breaks one. Exit 77 (skipped) where spin or a C compiler is absent.
#   check.sh        one cut; the rules whose absence shows at once
#   check.sh --all  two cuts; every rule (minutes)
set -u
model=$(cd "$(dirname "$0")" && pwd)/protocol.pml
for program in spin cc; do
  command -v "$program" >/dev/null || { echo "skipped: no $program"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# errors NAME [definitions…]: how many errors the checker finds with these definitions, or a word.
errors() {
  local name=$1
  shift
  mkdir -p "$work/$name" && cd "$work/$name" || return
  if ! spin "$@" -a "$model" >spin.log 2>&1; then echo "spin-failed"; return; fi
  if ! cc -O1 -w -DSAFETY -DCOLLAPSE -DVECTORSZ=2048 -o pan pan.c; then echo "cc-failed"; return; fi
  ./pan -m400000 -w24 >pan.log 2>&1
  # A search that was cut short proves nothing.
  if grep -q "search not completed\|max search depth too small" pan.log && ! grep -q "errors: [1-9]" pan.log; then
    echo "incomplete"
    return
  fi
  grep -oE "errors: [0-9]+" pan.log | grep -oE "[0-9]+"
}

expect() {
  local wanted=$1 found
  shift
  found=$(errors "$@")
  echo "$* : $found errors"
  case "$wanted:$found" in
    none:0 | some:[1-9]*) ;;
    *) echo "FAILED: expected $wanted"; failed=1 ;;
  esac
}

if [ "${1:-}" = --all ]; then
  expect none complete -DCUTS=2
  for rule in SUCCESSION FOLLOWED ANCHOR SPARE SEAL JUMP; do expect some "without_$rule" -DCUTS=2 "-DRULE_$rule=0"; done
else
  expect none complete -DCUTS=1
  for rule in SUCCESSION ANCHOR SEAL; do expect some "without_$rule" -DCUTS=2 "-DRULE_$rule=0"; done
fi
exit $failed
