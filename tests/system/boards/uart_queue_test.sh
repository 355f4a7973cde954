#!/usr/bin/env bash
# Sends a patch to the UART of the emulated board, as fast as it takes it.
# usage: uart_queue_test.sh PROGRAM.elf PATCH
set -eu
exec timeout 200 qemu-system-arm -M mps2-an386 -nographic -monitor none -chardev stdio,id=line,signal=off \
  -serial chardev:line -semihosting-config enable=on,target=native -kernel "$1" <"$2" 2>&1
