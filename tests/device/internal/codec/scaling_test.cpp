// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/codec/scaling.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <random>

using namespace tmd::codec;

namespace {

std::uint32_t bits_of(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}
float float_of(std::uint32_t bits) {
  float value = 0;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}
long double value_of(Ratio ratio) {
  return std::ldexp(static_cast<long double>(ratio.mantissa), -ratio.shift);
}

}  // namespace

TEST_CASE("signed bytes") {
  CHECK(signed_byte(0x7F) == 127);
  CHECK(signed_byte(0x80) == -128);
  CHECK(signed_byte(0x12345FF) == -1);
  CHECK(extended(0xFE) == 0xFFFFFFFE);
  CHECK(trailing_zero_bytes(0x00010000) == 2);
  CHECK(trailing_zero_bytes(0x12345600) == 1);
  CHECK(trailing_zero_bytes(1) == 0);
  CHECK(trailing_zero_bytes(0) == 3);
}

TEST_CASE("a byte times a ratio, in eighths, rounded and within its bounds") {
  for (std::int32_t value = -128; value < 128; ++value) {
    CHECK(scaled_byte(value, 1024) == (value == -128 ? -127 * 8 : 8 * value));
    CHECK(scaled_byte(value, 512) == 4 * value);
    for (const std::uint32_t mantissa : {1U, 777U, 1500U, 0xFFFFU}) {
      const double exact = value * (mantissa / 128.0);
      const double bounded = exact > 1016 ? 1016 : exact < -1016 ? -1016 : exact;
      if (std::abs(scaled_byte(value, mantissa) - bounded) > 0.5) FAIL_CHECK(value << " times " << mantissa);
    }
  }
}

TEST_CASE("an integer times a ratio, to the nearest, the same for both signs") {
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    const Ratio ratio{static_cast<std::uint32_t>(random()) | 0x80000000U,
                      static_cast<std::uint8_t>(30 + random() % 6)};
    const std::int32_t value = static_cast<std::int32_t>(random() >> (5 + random() % 20));
    const std::uint32_t scaled = scaled_integer(static_cast<std::uint32_t>(value), ratio);
    const long double exact = value * value_of(ratio);
    if (std::abs(static_cast<long double>(scaled) - exact) > 0.51L + exact * 1e-9L) FAIL_CHECK(value);
    if (scaled_integer(static_cast<std::uint32_t>(-value), ratio) != 0U - scaled) FAIL_CHECK(-value);
  }
  CHECK(scaled_integer(12345, Ratio{0x80000000, 31}) == 12345);
  CHECK(scaled_integer(0, Ratio{0xFFFFFFFF, 31}) == 0);
}

TEST_CASE("a float times a ratio is the nearest float") {
  std::mt19937 random(2);
  for (int i = 0; i < 20000; ++i) {
    const Ratio ratio{static_cast<std::uint32_t>(random()) | 0x80000000U,
                      static_cast<std::uint8_t>(28 + random() % 6)};
    const float value =
        std::ldexp(static_cast<float>(random() % 65536 + 1), static_cast<int>(random() % 40) - 30) *
        (random() % 2 == 0 ? 1.0F : -1.0F);
    const float scaled = float_of(scaled_float(bits_of(value), ratio));
    const long double exact = value * value_of(ratio);
    const long double ulp = std::ldexp(1.0L, std::ilogb(exact) - 23);
    if (std::abs(scaled - exact) > 0.51L * ulp) FAIL_CHECK(value << " gives " << scaled);
  }
  CHECK(scaled_float(bits_of(-1.5F), Ratio{0x80000000, 31}) == bits_of(-1.5F));
}

TEST_CASE("floats without a scaled neighbour stay as they are") {
  const Ratio twice{0x80000000, 30};
  const Ratio half{0x80000000, 32};
  CHECK(scaled_float(bits_of(INFINITY), twice) == bits_of(INFINITY));
  CHECK(scaled_float(bits_of(INFINITY), half) == 0x7F000000);  // a number of the next exponent
  CHECK(scaled_float(0x00000001, twice) == 0x00000001);        // subnormal
  CHECK(scaled_float(0x80000000, twice) == 0x80000000);        // -0
  CHECK(scaled_float(0x7F000000, twice) == 0x7F000000);        // would be infinite
  CHECK(scaled_float(0x00800000, half) == 0x00800000);         // would be subnormal
  CHECK(scaled_float(0x7E800000, twice) == 0x7F000000);
}

TEST_CASE("floats in order are integers in order, one to one") {
  const float values[] = {-INFINITY, -1e30F, -1.0F, -1e-30F, -0.0F, 0.0F, 1e-40F, 1.0F, 1.0000001F, INFINITY};
  for (std::size_t i = 0; i + 1 < sizeof(values) / sizeof(values[0]); ++i) {
    CHECK(static_cast<std::int32_t>(ordered_float(bits_of(values[i]))) <
          static_cast<std::int32_t>(ordered_float(bits_of(values[i + 1]))));
  }
  CHECK(ordered_float(bits_of(1.0F)) + 1 == ordered_float(bits_of(std::nextafter(1.0F, 2.0F))));
  CHECK(ordered_float(bits_of(-0.0F)) + 1 == ordered_float(bits_of(0.0F)));
  std::mt19937 random(3);
  for (int i = 0; i < 1000; ++i) {
    const std::uint32_t bits = static_cast<std::uint32_t>(random());
    CHECK(float_of_ordered(ordered_float(bits)) == bits);
  }
}
