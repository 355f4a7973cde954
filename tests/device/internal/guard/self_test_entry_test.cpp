// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/guard/self_test_entry.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <limits>
#include <set>
#include <string_view>
#include <vector>

#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

Status parse(std::string_view digits, SelfTestEntry& entry) {
  const Bytes value = hex(digits);
  return parse_self_test(view(value), entry);
}
bool refuses(std::string_view digits) {
  SelfTestEntry entry;
  return parse(digits, entry) == Status::malformed_manifest;
}

/// The index of the largest of these elements, in pieces of any size; count where none is.
template <class Element>
std::uint32_t top1(ScoreType type, const std::vector<Element>& elements) {
  const std::uint32_t count = static_cast<std::uint32_t>(elements.size());
  Bytes bytes(count * sizeof(Element));
  std::memcpy(bytes.data(), elements.data(), bytes.size());
  std::set<std::uint32_t> found;
  for (const std::size_t piece : {1U, 3U, 100U}) {
    Top1 top(static_cast<std::uint8_t>(type), count);
    for (std::size_t i = 0; i < bytes.size(); i += piece) top.add(view(bytes).slice(i, piece));
    top.add(view(Bytes(20, 0x7F)));  // what is behind them says nothing
    std::uint32_t index = 0;
    while (index < count && !top.is(index)) ++index;
    found.insert(index);
  }
  REQUIRE(found.size() == 1);
  return *found.begin();
}

}  // namespace

TEST_CASE("a checksum of the outputs, with the input given") {
  SelfTestEntry entry;
  REQUIRE(parse("00 78563412 00 010203", entry) == Status::ok);
  CHECK(entry.expectation == Expectation::crc32);
  CHECK(entry.crc == 0x12345678);
  CHECK(entry.input == TestInput::given);
  CHECK(entry.input_offset == 6);
}

TEST_CASE("the largest element, with the input generated") {
  SelfTestEntry entry;
  REQUIRE(parse("01 09 8008 C801 01 EFBEADDE", entry) == Status::ok);
  CHECK(entry.expectation == Expectation::top1);
  CHECK(entry.score_type == 9);
  CHECK(entry.elements == 1024);
  CHECK(entry.top1 == 200);
  CHECK(entry.input == TestInput::generated);
  CHECK(entry.seed == 0xDEADBEEF);
}

TEST_CASE("the longest front fits what is read of it") {
  const Bytes longest = hex("01 09 FFFFFFFF0F FEFFFFFF0F 01 01000000");
  REQUIRE(longest.size() == SelfTestEntry::kFront);
  SelfTestEntry entry;
  CHECK(parse_self_test(view(longest), entry) == Status::ok);
}

TEST_CASE("what is out of bounds, of no known kind or cut off is malformed") {
  CHECK(refuses(""));
  CHECK(refuses("02 78563412 00"));
  CHECK(refuses("00 78563412 02"));
  CHECK(refuses("00 78563412 01 00000000"));  // a seed that generates zeros
  CHECK(refuses("00 78563412 01 010000"));
  CHECK(refuses("00 785634"));
  CHECK(refuses("00 78563412"));
  CHECK(refuses("01 09 0A 0A 00"));  // the tenth of ten, from 0
  CHECK(refuses("01 09 00 00 00"));
  CHECK(refuses("01 01 0A 01 00"));  // float16: no top-1 of it
}

TEST_CASE("a generated input is xorshift's published sequence, its top bytes") {
  // With the shifts 13, 17, 5 the state after 1 is 270369, then 67634689 (Marsaglia 2003).
  GeneratedInput input(1);
  CHECK(input.next() == 270369U >> 24);
  CHECK(input.next() == 67634689U >> 24);
  GeneratedInput other(0xDEADBEEF);
  unsigned sum = 0;
  for (int i = 0; i < 10000; ++i) sum += other.next();
  CHECK(sum / 10000 > 120);
  CHECK(sum / 10000 < 135);
}

TEST_CASE("the first of the largest elements is found, of every type") {
  CHECK(top1<std::int8_t>(ScoreType::int8, {-128, 5, -1, 5}) == 1);
  CHECK(top1<std::uint8_t>(ScoreType::uint8, {1, 200, 127}) == 1);
  CHECK(top1<std::int16_t>(ScoreType::int16, {-300, -2, 0x100}) == 2);
  CHECK(top1<std::int32_t>(ScoreType::int32, {-1, 0, -100000}) == 1);
  CHECK(top1<float>(ScoreType::float32, {-2.0F, -0.5F, -1e-30F, -1.0F}) == 2);
  CHECK(top1<float>(ScoreType::float32, {-0.0F, 0.0F}) == 0);
  CHECK(top1<float>(ScoreType::float32, {0.5F, 1e30F, 3.0F}) == 1);
  CHECK(top1<float>(ScoreType::float32, {1.0F, std::numeric_limits<float>::infinity(), -0.5F}) == 1);
}

TEST_CASE("no element is the largest where one is no number, or some did not come") {
  float not_a_number = 0;
  const std::uint32_t bits = 0x7FC00000;
  std::memcpy(&not_a_number, &bits, sizeof(bits));
  CHECK(top1<float>(ScoreType::float32, {1.0F, not_a_number, 0.0F}) == 3);
  Top1 top(static_cast<std::uint8_t>(ScoreType::int8), 3);
  const Bytes two{1, 2};
  top.add(view(two));
  CHECK_FALSE(top.is(1));
}
