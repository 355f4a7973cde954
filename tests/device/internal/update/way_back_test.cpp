// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/update/way_back.hpp"

#include <doctest/doctest.h>

#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;
using namespace tmd::in_place;

namespace {

Status parsed(const Bytes& value, WayBackEntry& entry) {
  return parse_way_back(view(value), DigestKind::crc32, entry);
}

}  // namespace

TEST_CASE("an entry says codec parameters, digest and length of the second body") {
  WayBackEntry entry;
  REQUIRE(parsed(hex("41 78 56 34 12 B9 0A"), entry) == Status::ok);
  CHECK(entry.codec_parameters == 0x41);
  CHECK(entry.body.kind == DigestKind::crc32);
  CHECK(load_le32(entry.body.bytes.data()) == 0x12345678);
  CHECK(entry.body_length == 0x539);
}

TEST_CASE("entries that are too short, too long, or say that there is no body, are malformed") {
  WayBackEntry entry;
  for (const char* digits : {"", "41", "41 78 56 34 12", "41 78 56 34 12 B9", "41 78 56 34 12 B9 0A 00",
                             "41 78 56 34 12 00", "41 78 56 34 12 80 00"}) {
    CAPTURE(digits);
    CHECK(parsed(hex(digits), entry) == Status::malformed_manifest);
  }
}

TEST_CASE("what lies behind a target that can be taken back: digest of its patch, facts of its base") {
  WayBack<true, 16> plan{};
  CHECK(plan.kept().empty());
  CHECK(plan.end_of_patch(100) == 100);
  plan.way_back.body_length = 7;
  plan.kept_facts_size = 3;
  CHECK(plan.kept().size() == sizeof(Digest) + 3);
  CHECK(plan.end_of_patch(100) == 107);
  plan.is_back = true;
  CHECK(plan.kept().empty());
  CHECK(plan.end_of_patch(100) == 100);
}
