// SPDX-License-Identifier: Apache-2.0
#include "tmd/transfer/crc16.hpp"

#include <doctest/doctest.h>

#include "support/bytes.hpp"
#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// As the definition has it, bit by bit.
std::uint16_t by_definition(const Bytes& bytes) {
  unsigned crc = 0xFFFF;
  for (const std::uint8_t byte : bytes) {
    crc ^= static_cast<unsigned>(byte) << 8;
    for (int i = 0; i < 8; ++i) crc = (crc & 0x8000U) != 0 ? (crc << 1 ^ 0x1021U) & 0xFFFFU : crc << 1;
  }
  return static_cast<std::uint16_t>(crc);
}

}  // namespace

TEST_CASE("the published check value of CRC-16/IBM-3740") {
  CHECK(crc16_of(view(text("123456789"))) == 0x29B1);
  CHECK(crc16_of(ConstBytes()) == 0xFFFF);
}

TEST_CASE("the steps without a table are those of the polynomial, for every byte") {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const Bytes one{static_cast<std::uint8_t>(byte)};
    CHECK(crc16_of(view(one)) == by_definition(one));
  }
  const Bytes many = random_bytes(500, 1);
  CHECK(crc16_of(view(many)) == by_definition(many));
}

TEST_CASE("it goes on from the CRC of what stands before") {
  const Bytes bytes = random_bytes(50, 2);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut)
    CHECK(crc16_of(view(bytes).from(cut), crc16_of(view(bytes).first(cut))) == crc16_of(view(bytes)));
}
