// SPDX-License-Identifier: Apache-2.0
#include "tmd/digest/crc32.hpp"

#include <doctest/doctest.h>

#include "support/bytes.hpp"
#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

std::uint32_t crc_of(const Bytes& bytes) {
  return Crc32::of(view(bytes));
}

}  // namespace

TEST_CASE("published check values of CRC-32 as zlib and Ethernet have it") {
  CHECK(crc_of(text("123456789")) == 0xCBF43926);
  CHECK(crc_of({}) == 0);
  CHECK(crc_of(text("a")) == 0xE8B7BE43);
  CHECK(crc_of(text("The quick brown fox jumps over the lazy dog")) == 0x414FA339);
  CHECK(crc_of(Bytes(32, 0x00)) == 0x190A55AD);
  CHECK(crc_of(Bytes(32, 0xFF)) == 0xFF6CAB0B);
}

TEST_CASE("it goes on from the CRC of what stands before, however the bytes are cut") {
  const Bytes bytes = random_bytes(300, 1);
  const std::uint32_t whole = crc_of(bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); cut += 37) {
    CHECK(Crc32::of(view(bytes).from(cut), Crc32::of(view(bytes).first(cut))) == whole);
    Crc32 crc;
    crc.update(view(bytes).first(cut));
    crc.update(view(bytes).from(cut));
    CHECK(crc.value() == whole);
  }
}

TEST_CASE("every flipped bit of a short message changes it") {
  Bytes bytes = random_bytes(64, 2);
  const std::uint32_t whole = crc_of(bytes);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1U << bit % 8);
    CHECK(crc_of(bytes) != whole);
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1U << bit % 8);
  }
}

TEST_CASE("it is known when the firmware is built") {
  constexpr std::uint8_t kDigits[] = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  constexpr std::uint32_t kCrc = Crc32::of(kDigits);
  CHECK(kCrc == 0xCBF43926);
}
