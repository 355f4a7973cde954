#!/usr/bin/env bash
# Lets spin search a model (README.md here), of the journal unless another is named: no way may break its promises; with
# a rule left out there must be one.
# usage: tests/system/protocol/run.sh [CUTS [journal|restarts|in_place [sample]]]
# sample: two of the rules are left out, one at a time, for all.
# Exit status 77, skipped, where there is no spin.
set -eu
cuts=${1:-1}
story=${2:-journal}
# Restarts are a story of the journal's model, with rules of their own.
mode=() rules='PLANTED_[A-Z_]+'
case $story in
  journal) rules='PLANTED_(?!RESTART)[A-Z_]+' ;;
  restarts) mode=(-DRESTARTS) rules='PLANTED_RESTART[A-Z_]+' story=journal ;;
esac
model=$(cd "$(dirname "$0")" && pwd)/$story.pml
command -v spin >/dev/null && command -v gcc >/dev/null || {
  echo "SKIP: no spin or no gcc here (tools/setup.sh test-all installs them)"
  exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# search NAME CUTS OPTIMISATION [spin's options…]: prints what was found; 1 where a promise is broken.
search() {
  local name=$1 most=$2 optimisation=$3
  shift 3
  spin "-DCUTS=$most" "${mode[@]}" "$@" -a "$model" >spin.log || {
    cat spin.log
    exit 1
  }
  gcc "$optimisation" -w -DSAFETY -DCOLLAPSE -DVECTORSZ=2048 -o pan pan.c
  ./pan -m1000000 >pan.log 2>&1
  local errors states
  errors=$(sed -nE 's/.*errors: ([0-9]+).*/\1/p' pan.log)
  states=$(sed -nE 's/^ *([0-9.e+]+) states, stored.*/\1/p' pan.log)
  if [ -z "$errors" ] || { [ "$errors" = 0 ] && grep -qE 'max search depth too small|out of memory' pan.log; }; then
    echo "FAILED: $name: the search did not end"
    cat pan.log
    exit 1
  fi
  echo "$name: $states states, $errors promises broken"
  [ "$errors" = 0 ]
}

search "$cuts cuts" "$cuts" -O1 || {
  grep -m1 assertion pan.log
  exit 1
}
# Some rules matter only where what repairs the first cut is cut as well.
least=2
[ "${#mode[@]}" = 0 ] || least=3
planted_cuts=$((cuts < least ? least : cuts))
most_planted=1000
[ "${3:-}" != sample ] || most_planted=2
for planted in $(grep -oP "$rules" "$model" | grep -v '_$' | sort -u | head -n "$most_planted"); do
  # These end early: unoptimised, the search is compiled in a quarter of the time.
  if search "$planted" "$planted_cuts" -O0 "-D$planted"; then
    echo "FAILED: $planted is not found"
    exit 1
  fi
done
