// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/codec/literal.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "device/internal/codec/coded_body.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// `expected`: the base's byte beside each, kNoByte where it has none.
Bytes encoded(const Bytes& bytes, const std::vector<unsigned>& expected, bool averaged) {
  return encoded_body([&](auto& coder, auto& symbols) {
    for (std::size_t i = 0; i < bytes.size(); ++i)
      CHECK(codec::literal_byte(coder, symbols, static_cast<std::uint32_t>(i), expected[i], bytes[i],
                                averaged) == bytes[i]);
  });
}
Bytes decoded(const Bytes& body, const std::vector<unsigned>& expected, bool averaged) {
  Bytes bytes;
  decode_body(body, [&](auto& coder, auto& symbols) {
    for (std::size_t i = 0; i < expected.size(); ++i)
      bytes.push_back(
          codec::literal_byte(coder, symbols, static_cast<std::uint32_t>(i), expected[i], 0, averaged));
  });
  return bytes;
}
std::vector<unsigned> as_expected(const Bytes& bytes) {
  return std::vector<unsigned>(bytes.begin(), bytes.end());
}

}  // namespace

TEST_CASE("bytes come back whatever the base has beside them") {
  const Bytes bytes = random_bytes(600, 1);
  Bytes near = bytes;
  for (std::size_t i = 0; i < near.size(); i += 3) near[i] = static_cast<std::uint8_t>(near[i] + i);
  for (const bool averaged : {false, true}) {
    for (const std::vector<unsigned>& expected :
         {as_expected(near), as_expected(random_bytes(600, 2)), std::vector<unsigned>(600, codec::kNoByte)})
      CHECK(decoded(encoded(bytes, expected, averaged), expected, averaged) == bytes);
  }
}

TEST_CASE("bytes that are the base's cost next to nothing, others no more than themselves and a little") {
  const Bytes bytes = random_bytes(2000, 3);
  const std::vector<unsigned> nothing(bytes.size(), codec::kNoByte);
  for (const bool averaged : {false, true}) {
    // The average of two models, of which one does not look at the base, stays half in doubt.
    CHECK(encoded(bytes, as_expected(bytes), averaged).size() < (averaged ? 1000 : 100));
    CHECK(encoded(bytes, nothing, averaged).size() < 2200);
  }
}

TEST_CASE("statistics are kept apart by the place in a word") {
  Bytes words;  // every fourth byte is always the same
  const Bytes noise = random_bytes(3000, 4);
  for (std::size_t i = 0; i < 3000; ++i) words.push_back(i % 4 == 3 ? std::uint8_t{0x3F} : noise[i]);
  const std::size_t size = encoded(words, std::vector<unsigned>(3000, codec::kNoByte), false).size();
  CHECK(size < 3000 * 3 / 4 * 11 / 10);
}

TEST_CASE("a byte that differs is told at the first bit that does") {
  codec::Contexts agreeing;
  codec::Contexts disagreeing;
  codec::literal_contexts(agreeing, 5, 1, 3, true, false);
  codec::literal_contexts(disagreeing, 5, 1, 3, false, false);
  CHECK(agreeing.count == 3);
  CHECK(agreeing.hash[0] != disagreeing.hash[0]);
  CHECK(agreeing.hash[1] == disagreeing.hash[1]);
  codec::literal_contexts(disagreeing, 6, 1, 3, true, true);
  CHECK(disagreeing.count == 2);
  CHECK(disagreeing.averaged);
  CHECK(disagreeing.hash[0] == agreeing.hash[0]);
}
