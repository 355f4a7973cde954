// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/codec/operation.hpp"

namespace tmd {
namespace codec {

/// Integer arithmetic on predictions, so that every device rounds alike. Any ratio is safe: a prediction may be
/// poor, never undefined.

/// The nearest value within ±limit. One comparison where that is the value itself, as it nearly always is.
constexpr std::int32_t clamped(std::int32_t value, std::int32_t limit) {
  const bool is_within = static_cast<std::uint32_t>(value + limit) <= static_cast<std::uint32_t>(2 * limit);
  return is_within ? value : value < 0 ? -limit : limit;
}

/// The signed byte in the lowest place, and the same as a word.
constexpr std::int32_t signed_byte(std::uint32_t byte) {
  return static_cast<std::int8_t>(byte & 0xFFU);
}
constexpr std::uint32_t extended(std::uint32_t byte) {
  return static_cast<std::uint32_t>(signed_byte(byte));
}
/// How many of a mantissa's low bytes are zero; at most 3.
constexpr std::uint32_t trailing_zero_bytes(std::uint32_t mantissa) {
  std::uint32_t count = 0;
  while (count < 3 && ((mantissa >> (8 * count)) & 0xFFU) == 0) ++count;
  return count;
}

/// value * ratio in eighths, where a ratio of 1 has the mantissa 1,024; within ±127 * 8.
constexpr std::int32_t scaled_byte(std::int32_t value, std::uint32_t mantissa) {
  const std::int32_t product = static_cast<std::int32_t>(static_cast<std::uint32_t>(value) * mantissa + 64U);
  return clamped(product >> 7, 127 * 8);
}

/// The upper half of the product.
constexpr std::uint32_t upper_product(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>((static_cast<std::uint64_t>(a) * b) >> 32);
}

/// value * ratio, where the mantissa's top bit is set; towards zero, magnitudes below 2^28.
constexpr std::uint32_t scaled_integer(std::uint32_t value, Ratio ratio) {
  const bool negative = (value & 0x80000000U) != 0;
  const std::uint32_t magnitude = (negative ? 0U - value : value) << 3;
  const unsigned shift = (ratio.shift - 30U) & 31U;
  const std::uint32_t product = ((upper_product(magnitude, ratio.mantissa) >> shift) + 1) >> 1;
  return negative ? 0U - product : product;
}

/// The bits of the float32 nearest to the float32 `bits` times the ratio, whose mantissa's top bit is set.
/// Subnormal values give back `bits`, as does a product that would be subnormal or infinite; an infinity counts as a
/// number of the exponent behind the largest one.
constexpr std::uint32_t scaled_float(std::uint32_t bits, Ratio ratio) {
  const std::uint32_t exponent = (bits >> 23) & 0xFFU;
  const std::uint32_t product = upper_product((bits << 8) | 0x80000000U, ratio.mantissa);  // 2^30 or more
  const unsigned drop = 7U + (product >> 31);
  const std::uint32_t scaled = exponent + 24U + drop - ratio.shift;
  if (exponent == 0 || scaled - 1 >= 254U) return bits;
  // The mantissa's leading 1, and a carry of rounding, add to the exponent.
  const std::uint32_t mantissa = (product + (1U << (drop - 1))) >> drop;
  return (bits & 0x80000000U) | (((scaled - 1) << 23) + mantissa);
}

/// Floats as integers in the same order, so that neighbours in value are neighbours in number. One to one:
/// the two zeros stay apart.
constexpr std::uint32_t ordered_float(std::uint32_t bits) {
  return (bits & 0x80000000U) != 0 ? ~(bits & 0x7FFFFFFFU) : bits;
}
constexpr std::uint32_t float_of_ordered(std::uint32_t ordered) {
  return (ordered & 0x80000000U) != 0 ? 0x80000000U | ~ordered : ordered;
}

}  // namespace codec
}  // namespace tmd
