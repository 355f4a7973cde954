// SPDX-License-Identifier: Apache-2.0
// That the device reads what it writes: device/internal/codec/range_decoder_test.cpp.
#include "codec/range_encoder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "support/bytes.hpp"

using tmd::host::RangeEncoder;
using Bytes = tmd::test::Bytes;

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
    const double bytes = static_cast<double>(encoder.finish().size());
    CHECK(std::abs(bytes - bits / 8) < bits / 800 + 4);
  }
}

namespace {

/// The same arithmetic on a number of any length, in which a carry goes as far as it must at once.
class LongNumber {
 public:
  void code_bit(std::uint32_t probability, unsigned bit) {
    const std::uint32_t part = tmd::codec::part_of_one(range_, probability);
    if (bit == 0) add(part);
    range_ = bit != 0 ? part : range_ - part;
    for (; range_ < tmd::codec::kLeastRange; range_ <<= 8) ++shifts_;
  }
  std::size_t far_carries() const { return far_carries_; }
  std::uint8_t digit(std::size_t index) const { return digits_[index]; }
  std::size_t settled() const { return shifts_; }

 private:
  void add(std::uint32_t part) {
    unsigned carry = 0;
    for (std::size_t i = shifts_ + 4; i-- > 0;) {
      const unsigned place = static_cast<unsigned>(shifts_ + 3 - i);
      const unsigned sum = digits_[i] + (place < 4 ? (part >> (8 * place)) & 0xFFU : 0U) + carry;
      if (place >= 4 && carry != 0 && digits_[i] == 0xFF) ++far_carries_;
      digits_[i] = static_cast<std::uint8_t>(sum);
      carry = sum >> 8;
    }
    REQUIRE(carry == 0);
  }

  std::vector<std::uint8_t> digits_ = std::vector<std::uint8_t>(40000);
  std::uint32_t range_ = 0xFFFFFFFFU;
  std::size_t shifts_ = 0;
  std::size_t far_carries_ = 0;
};

}  // namespace

TEST_CASE("a carry goes through bytes that are all ones") {
  RangeEncoder encoder;
  LongNumber exact;
  const tmd::test::Bytes choices = tmd::test::random_bytes(60000, 9);
  for (std::size_t i = 0; i + 1 < choices.size(); i += 2) {
    const std::uint32_t probability = 256U * std::max<std::uint32_t>(1, choices[i]);
    const unsigned bit = choices[i + 1] & 1U;
    (void)encoder.code_bit(probability, bit);
    exact.code_bit(probability, bit);
  }
  const Bytes bytes = encoder.finish();
  CHECK(exact.far_carries() > 0);
  REQUIRE(bytes.size() + 5 > exact.settled());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i + 1 < exact.settled() && i < bytes.size(); ++i)
    wrong += bytes[i] != exact.digit(i) ? 1 : 0;
  CHECK(wrong == 0);
}
