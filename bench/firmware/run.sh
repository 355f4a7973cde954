#!/usr/bin/env bash
# Runs a program in QEMU; its output and its exit code are this script's.
# usage: run.sh mps2-an386|microbit PROGRAM.elf
# Every instruction takes 128 ns of the board's time, whatever the host does: the board's timers count instructions.
set -eu
[ $# -eq 2 ] || { sed -n '/^# usage/s/^# //p' "$0" >&2; exit 2; }
# The console of semihosting is QEMU's standard error.
exec qemu-system-arm -M "$1" -nographic -monitor none -serial none -icount shift=7,sleep=off \
  -semihosting-config enable=on,target=native -kernel "$2" 2>&1
