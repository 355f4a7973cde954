// SPDX-License-Identifier: Apache-2.0
// That the device reads what it writes: device/internal/codec/range_decoder_test.cpp.
#include "codec/range_encoder.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "support/bytes.hpp"

using tmd::host::RangeEncoder;
using tmd::test::Bytes;

TEST_CASE("nothing takes no bytes, and zeros at the end are left out") {
  CHECK(RangeEncoder().finish().empty());
  RangeEncoder ones;
  for (int i = 0; i < 1000; ++i) (void)ones.code_bit(65504, 1);
  CHECK(ones.finish().size() <= 2);
  RangeEncoder zeros;
  (void)zeros.raw(32, 0);
  (void)zeros.raw(32, 0);
  CHECK(zeros.finish().empty());
}

TEST_CASE("raw bits take as many bytes as they are") {
  RangeEncoder encoder;
  std::mt19937 random(1);
  for (int i = 0; i < 1000; ++i) (void)encoder.raw(32, static_cast<std::uint32_t>(random()));
  const std::size_t size = encoder.finish().size();
  CHECK(size >= 3998);
  CHECK(size <= 4002);
}

TEST_CASE("bits cost what their probability says, to one part in a hundred") {
  std::mt19937 random(2);
  for (const std::uint32_t probability : {3000U, 20000U, 60000U}) {
    RangeEncoder encoder;
    double bits = 0;
    for (int i = 0; i < 20000; ++i) {
      const unsigned bit = random() % 65536 < probability ? 1 : 0;
      bits -= std::log2((bit != 0 ? probability : 65536 - probability) / 65536.0);
      (void)encoder.code_bit(probability, bit);
    }
    CHECK(std::abs(encoder.bits() - bits) < bits / 100);
    const double said = encoder.bits();
    const double bytes = static_cast<double>(encoder.finish().size());
    CHECK(std::abs(bytes - said / 8) < 4);
    CHECK(std::abs(bytes - bits / 8) < bits / 800 + 4);
  }
}

TEST_CASE("a carry goes through bytes that are all ones, however many wait") {
  struct Source {
    Bytes bytes;
    std::size_t at = 0;
    std::uint8_t next() { return at < bytes.size() ? bytes[at++] : std::uint8_t{0}; }
  };
  // Ones lead to the range's upper end; one more unlikely bit behind them is what carries.
  for (unsigned ones = 0; ones < 100; ++ones) {
    RangeEncoder encoder;
    for (unsigned i = 0; i < ones; ++i) (void)encoder.raw(1, 1);
    (void)encoder.code_bit(65000, 0);
    (void)encoder.raw(7, 0x55);
    tmd::codec::RangeDecoder<Source> decoder{};
    decoder.source().bytes = encoder.finish();
    decoder.start();
    bool same = true;
    for (unsigned i = 0; i < ones; ++i) same = same && decoder.raw(1, 0) == 1;
    same = same && decoder.code_bit(65000, 0) == 0;
    if (!same || decoder.raw(7, 0) != 0x55) FAIL_CHECK(ones << " ones");
  }
}
