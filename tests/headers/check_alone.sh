#!/usr/bin/env bash
# Compiles each header of the device half by itself, so that each brings what it needs. Names every header that fails.
# usage: check_alone.sh INCLUDE with-psa|without-psa COMPILER [OPTIONS…]
# without-psa: leaves out the adapters that need PSA Crypto's own headers.
set -u
include=$1 psa=$2
shift 2

failed=0 checked=0
cd "$include" || exit 2
for header in $(find tmd -name '*.hpp' | sort); do
  case $psa:$header in without-psa:tmd/auth/psa/*) continue ;; esac
  # A driver over a platform's own interface needs that platform's headers: tests/device/port brings them.
  case $header in tmd/port/*)
    grep -E '^#include <' "$header" | grep -qvE '<(cstddef|cstdint|limits|new|type_traits)>' && continue ;;
  esac
  checked=$((checked + 1))
  # From standard input: as a file of its own a header would be warned about its `#pragma once`.
  if ! echo "#include \"$header\"" | "$@" -I. -x c++ -fsyntax-only -Wall -Wextra -Wpedantic -Wconversion -Wshadow \
    -Werror -; then
    echo "FAILED: $header does not compile alone: $*"
    failed=$((failed + 1))
  fi
done
echo "$checked headers, $failed failed"
[ "$failed" -eq 0 ] && [ "$checked" -gt 0 ]
