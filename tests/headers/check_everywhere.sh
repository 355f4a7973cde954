#!/usr/bin/env bash
# Compiles every header of the device half, and programs that use all of it, as one translation unit, behind every
# macro of hostile_macros.txt, each defined as what never compiles. Standard headers come first, as they do where a
# platform's own header brings such macros. What comes out needs nothing of the library's that it has not.
# usage: check_everywhere.sh SOURCE_ROOT COMPILER [OPTIONS…]
set -eu
root=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

{
  printf '#include <%s>\n' cstddef cstdint limits new type_traits
  # Drivers over a platform's own interface need that platform's headers, and PSA adapters those of PSA Crypto: their
  # own tests bring these. Only what compiles anywhere is looked at here.
  grep -v '^#' "$here/hostile_macros.txt" | tr ' ' '\n' | awk '
    /^$/ { next }
    { name = $0; arguments = ""; if (sub(/\($/, "", name)) arguments = "(...)"
      if (done[name]++) next
      print "#undef " name; print "#define " name arguments " hostile_" name " @"; ++count }
    END { if (count < 400) print "#error the list of macros is not read" }'
  (cd "$root/include" && find tmd -name '*.hpp' -not -path 'tmd/auth/psa/*' | sort |
    xargs grep -LP '^#include <(?!(cstddef|cstdint|limits|type_traits|new)>)') | sed 's/.*/#include "&"/'
  grep -v '^#include' "$root/bench/firmware/everything.cpp"
  # What firmware has instead of one of its policies.
  echo 'tmd::Status certified(tmd::DelegatedAuthentication<tmd::Verifiers<DriverVerifier>>& authentication,'
  echo '    const tmd::ManifestToVerify& manifest, tmd::AllDigests& digests);'
  echo 'tmd::Status certified(tmd::DelegatedAuthentication<tmd::Verifiers<DriverVerifier>>& authentication,'
  echo '    const tmd::ManifestToVerify& manifest, tmd::AllDigests& digests) {'
  echo '  return authentication.verify(manifest, digests);'
  echo '}'
} >"$work/everywhere.cpp"
included=$(grep -c '^#include "tmd/' "$work/everywhere.cpp")
[ "$included" -gt 60 ] || { echo "FAILED: only $included headers are looked at"; exit 1; }

if ! "$@" -I"$root/include" -c -o "$work/everywhere.o" "$work/everywhere.cpp" 2>"$work/log"; then
  grep -oE 'hostile_\w+|error: .*' "$work/log" | sort | uniq -c | sort -rn | head -40
  echo "FAILED: not everything compiles behind the hostile macros: $*"
  exit 1
fi
# A library of headers leaves nothing of its own for others to define: else no program links. Before C++17 a table of a
# class is such a thing unless it is an inline variable.
"$("$1" -print-prog-name=nm)" -C -u "$work/everywhere.o" >"$work/undefined"
if grep ' U tmd::' "$work/undefined"; then
  echo "FAILED: nothing defines what stands above: $*"
  exit 1
fi
echo "$included headers compile: $*"
