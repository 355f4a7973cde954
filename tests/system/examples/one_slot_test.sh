#!/usr/bin/env bash
# The example for one slot in QEMU: what it prints, that power went in its middle, that the answers changed, and that
# its README says what it weighs, to 10 %. usage: one_slot_test.sh RUN_ON_BOARD PROGRAM README
set -eu
run=$1 program=$2 readme=$3
output=$("$run" microbit "$program") || { echo "$output"; echo "FAILED: exit code $?"; exit 1; }
echo "$output"
expected='boot: ok
before: lift(is rest) wave shake circle(is lift) knock circle
before	35 of 60 right
received: 950 packets, sent: 1068
power goes: 12 blocks of 4 KB are left to write
boot: the model is being updated in place, there is none to run
applied: ok
after: rest wave shake circle(is lift) knock circle
after	39 of 60 right'
[ "$(grep -v '^deepest stack' <<<"$output")" = "$expected" ] || { echo "FAILED: expected"; echo "$expected"; exit 1; }

# said NAME: the number in the README's row.
said() { grep -F "| $1 |" "$readme" | tail -1 | sed 's/.*| \([0-9,]*\) |$/\1/; s/,//g'; }
# compare NAME BYTES
compare() {
  local said
  said=$(said "$1")
  [ -n "$said" ] && [ $(($2 * 10)) -le $((said * 11)) ] && [ $(($2 * 11)) -ge $((said * 10)) ] ||
    { echo "FAILED: $1: measured $2, README: ${said:-nothing}"; exit 1; }
}
sections=$(arm-none-eabi-size -A -d "$program")
sum() { awk -v names="$1" 'index(" " names " ", " " $1 " ") { all += $2 } END { print all + 0 }' <<<"$sections"; }
compare "program" "$(sum '.text .ARM.exidx .data')"
compare "RAM without the stack" "$(sum '.data .bss')"
compare "deepest stack" "$(sed -n 's/^deepest stack: \([0-9]*\) bytes$/\1/p' <<<"$output")"
