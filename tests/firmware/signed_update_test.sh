#!/usr/bin/env bash
# On each board: the patch that the key's holder signed is taken; the same with one wrong bit in the signature is not.
# usage: signed_update_test.sh FOLDER     where the build put the example's programs
# Exit code 77, a skipped test, where the source of Mbed TLS cannot be had.
set -u
example=$(cd "$(dirname "$0")/../../examples/cortex-m" && pwd)
"$example/signed/build.sh" "$1" || exit $?

failed=0
for machine in mps2-an386 microbit; do
  for expected in "signed:0:ok, the target is active" "forged:1:the signature does not verify, the target is NOT active"; do
    IFS=: read -r program code words <<<"$expected"
    output=$("$example/run.sh" "$machine" "$1/$program-$machine.elf")
    status=$?
    echo "$output"
    if [ "$status" -ne "$code" ] || ! grep -qF ": $words" <<<"$output"; then
      echo "FAILED: $program on $machine: expected exit code $code, and: $words"
      failed=1
    fi
  done
done
exit "$failed"
