// SPDX-License-Identifier: Apache-2.0
#include "codec/ratios.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "support/bytes.hpp"
#include "tmd/internal/codec/scaling.hpp"

using namespace tmd::host;
using tmd::codec::Ratio;
using tmd::test::Bytes;
using tmd::test::random_bytes;
using tmd::test::view;

namespace {

double value_of(Ratio ratio) {
  return std::ldexp(static_cast<double>(ratio.mantissa), -ratio.shift);
}
Bytes bytes_of(const std::vector<float>& values) {
  Bytes bytes(4 * values.size());
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}
Bytes bytes_of(const std::vector<std::int32_t>& values) {
  Bytes bytes(4 * values.size());
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

}  // namespace

TEST_CASE("each row of bytes has the factor that fits it best") {
  Bytes source, target;
  for (int row = 0; row < 2; ++row) {
    for (int i = 0; i < 50; ++i) {
      source.push_back(static_cast<std::uint8_t>(2 * (i - 25)));
      target.push_back(static_cast<std::uint8_t>((row == 0 ? 1 : 3) * (i - 25)));
    }
  }
  const std::vector<Ratio> ratios = byte_ratios(view(source), view(target), 50);
  REQUIRE(ratios.size() == 2);
  CHECK(ratios[0].mantissa == 512);
  CHECK(ratios[1].mantissa == 1536);
  CHECK(byte_ratios(view(source), view(target), 0).size() == 1);
  CHECK(byte_ratios(view(source), view(target), 60).size() == 2);
}

TEST_CASE("a row of zeros gets 1, and no factor is above 8 or below an eighth") {
  CHECK(byte_ratios(view(Bytes(20, 0)), view(Bytes(20, 5)), 0)[0].mantissa == 1024);
  CHECK(byte_ratios(view(Bytes(20, 1)), view(Bytes(20, 100)), 0)[0].mantissa == 8 * 1024);
  CHECK(byte_ratios(view(Bytes(20, 100)), view(Bytes(20, 1)), 0)[0].mantissa == 128);
  CHECK(byte_ratios(view(Bytes(20, 100)), view(Bytes(20, 156)), 0)[0].mantissa == 128);  // of the other sign
}

TEST_CASE("unsigned bytes are counted from their centre") {
  const Bytes source(20, 128 + 40), target(20, 128 + 20);
  CHECK(byte_ratios(view(source), view(target), 0, 128)[0].mantissa == 512);
}

TEST_CASE("words have the median quotient, of which one that is far off does not matter") {
  const Bytes source = bytes_of(std::vector<float>{1.0F, 2.0F, 4.0F, 8.0F, 16.0F});
  const Bytes target = bytes_of(std::vector<float>{0.75F, 1.5F, 3.0F, 6.0F, 1e20F});
  const std::vector<Ratio> ratios = word_ratios(view(source), view(target), 0, true, 4);
  REQUIRE(ratios.size() == 1);
  CHECK(value_of(ratios[0]) == doctest::Approx(0.75));
  CHECK((ratios[0].mantissa & 0x80000000U) != 0);
}

TEST_CASE("integers that are small beside the largest say nothing about a factor") {
  const Bytes source = bytes_of(std::vector<std::int32_t>{1, 1, 1, 1000, -900});
  const Bytes target = bytes_of(std::vector<std::int32_t>{7, 7, 7, 1100, -990});
  CHECK(value_of(word_ratios(view(source), view(target), 0, false, 4)[0]) == doctest::Approx(1.1));
}

TEST_CASE("a mantissa keeps as many bytes as it is told to") {
  const Bytes source = bytes_of(std::vector<float>{3.0F});
  const Bytes target = bytes_of(std::vector<float>{1.0F});
  for (unsigned bytes = 1; bytes <= 4; ++bytes) {
    const Ratio ratio = word_ratios(view(source), view(target), 0, true, bytes)[0];
    CHECK(tmd::codec::trailing_zero_bytes(ratio.mantissa) == 4 - bytes);
    CHECK(std::abs(value_of(ratio) - 1.0 / 3) < std::ldexp(1.0, -static_cast<int>(8 * bytes)));
  }
}

TEST_CASE("rows without a quotient, or with one that no ratio holds, get 1") {
  for (const float other : {0.0F, -5.0F, 1e38F, NAN, INFINITY}) {
    const Ratio ratio = word_ratios(view(bytes_of(std::vector<float>{1e-10F})),
                                    view(bytes_of(std::vector<float>{other})), 0, true, 4)[0];
    CHECK(ratio.mantissa == 0x80000000U);
    CHECK(ratio.shift == 31);
  }
  CHECK(word_ratios(view(Bytes(8, 0)), view(random_bytes(8, 1)), 0, false, 4)[0].shift == 31);
}
