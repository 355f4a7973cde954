// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/guard/companion_entry.hpp"

#include <doctest/doctest.h>

#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("companion data have a schema and a length, up to that of the model") {
  CompanionEntry entry;
  CHECK(parse_companion(view(hex("0301 AC02")), 300, entry) == Status::ok);
  CHECK(entry.schema == 0x0103);
  CHECK(entry.size == 300);
  CHECK(parse_companion(view(hex("0301 AC02")), 299, entry) == Status::malformed_manifest);
  CHECK(parse_companion(view(hex("0301 FFFFFFFF0F")), 0xFFFFFFFE, entry) == Status::malformed_manifest);
  CHECK(parse_companion(view(hex("0301 00")), 0, entry) == Status::ok);
}

TEST_CASE("an entry of companion data that is cut off is malformed") {
  CompanionEntry entry;
  const Bytes whole = hex("0301 AC02");
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK(parse_companion(view(whole).first(size), 300, entry) == Status::malformed_manifest);
}
