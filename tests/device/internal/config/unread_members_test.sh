#!/usr/bin/env bash
# A member of a Config that nothing reads does not compile, and the compiler says which name is meant.
# usage: unread_members_test.sh INCLUDE COMPILER
set -u
include=$1 compiler=$2
failed=0

# compile MEMBER: an updater for a Config with this member; what the compiler says.
compile() {
  "$compiler" -std=c++17 -fsyntax-only "-I$include" -x c++ - 2>&1 <<END
#include "tmd/tmd.hpp"
using Flash = tmd::RamFlash<65536, 4096, 8>;
struct MyPolicy {};
struct Open : tmd::DefaultConfig<Flash> {
  using Authentication = tmd::AllowUnsigned;
};
struct Config : Open {
  $1
};
template class tmd::Updater<Config>;
END
}

# refused MEMBER WORDS: does not compile, and the message has the words.
refused() {
  local output
  if output=$(compile "$1"); then
    echo "FAILED: compiles: $1"
    failed=1
  elif ! grep -q "$2" <<<"$output"; then
    echo "FAILED: without '$2': $1"
    echo "$output" | head -5
    failed=1
  fi
}

for member in '' 'static constexpr std::uint32_t kPageSize = 512;' 'using Digests = tmd::Crc32Digests;' \
  'static constexpr std::uint8_t kTrialBoots = 0;' 'using MineAlone = MyPolicy;'; do
  if ! output=$(compile "$member"); then
    echo "FAILED: does not compile: $member"
    echo "$output" | head -5
    failed=1
  fi
done
refused 'using Digest = tmd::Crc32Digests;' 'nothing reads the member Digest of this Config: write Digests'
refused 'using Journals = MyPolicy;' 'nothing reads the member Journals of this Config: write Journal'
refused 'using Auth = tmd::AllowUnsigned;' 'write Authentication'
refused 'using Verifier = MyPolicy;' 'write Authentication, of that verifier'
refused 'using Guard = MyPolicy;' 'write Limits'
refused 'static constexpr std::uint32_t kPagesize = 512;' 'nothing reads the member kPagesize.*write kPageSize'
refused 'static constexpr std::uint32_t kCheckpoints = 0;' 'write kCheckpointInterval'
refused 'static constexpr bool kCheckAtBoot = true;' 'write kBootCheck'
refused 'static constexpr std::uint32_t kEraseSize = 4096;' 'the Flash policy says it'
refused 'std::uint32_t kMaxAttempts = 3;' 'write kMostAttempts'
# What the store, the updater and their parts check themselves.
refused 'using Journal = MyPolicy;' 'a Journal policy has'
refused 'using Digests = MyPolicy;' 'a Digests policy has'
refused 'using Authentication = MyPolicy;' 'an Authentication policy has'
[ "$failed" -eq 0 ] && echo 'each was refused by name'
exit "$failed"
