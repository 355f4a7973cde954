// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/patched_pair.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("another base is named, and the output is left alone") {
  const PatchedPair pair = edited_pair();
  REQUIRE(pair.diff().status == 0);
  put_contents(pair.output, "as it was");
  std::string other = contents_of(pair.base);
  other[100] = static_cast<char>(other[100] ^ 1);
  put_contents(pair.base, other);
  check_failure(pair.apply(), "base.bin is not the base of");
  put_contents(pair.base, other.substr(1));
  check_failure(pair.apply(), "another length");
  CHECK(contents_of(pair.output) == "as it was");
}
