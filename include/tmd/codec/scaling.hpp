// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/codec/operation.hpp"

namespace tmd {
namespace codec {

/// Integer arithmetic on predictions, so that every device rounds alike.

/// value * ratio with `kFraction` more fractional bits, rounded to nearest; magnitudes above 2^31 saturate.
constexpr std::int32_t scaled_integer(std::int32_t value, Ratio ratio) {
  const bool negative = value < 0;
  const std::uint64_t magnitude =
      negative ? 0U - static_cast<std::uint32_t>(value) : static_cast<std::uint32_t>(value);
  std::uint64_t product = magnitude * ratio.mantissa;
  if (ratio.shift > 0) {
    const unsigned shift = ratio.shift < 63 ? ratio.shift : 63U;
    product = (product + (std::uint64_t{1} << (shift - 1))) >> shift;
  }
  if (product > 0x7FFFFFFFU) product = 0x7FFFFFFFU;
  const std::int32_t result = static_cast<std::int32_t>(product);
  return negative ? -result : result;
}

/// The bits of the float32 nearest to the float32 `bits` times the ratio. Subnormal, infinite and
/// out-of-range values give back `bits`: a prediction may be poor, never undefined.
constexpr std::uint32_t scaled_float(std::uint32_t bits, Ratio ratio) {
  const std::uint32_t sign = bits & 0x80000000U;
  const std::int32_t exponent = static_cast<std::int32_t>((bits >> 23) & 0xFFU);
  if (exponent == 0 || exponent == 255 || ratio.mantissa == 0) return bits;
  std::uint64_t product = static_cast<std::uint64_t>((bits & 0x7FFFFFU) | 0x800000U) * ratio.mantissa;
  std::int32_t scale = exponent - static_cast<std::int32_t>(ratio.shift);
  while (product >= (std::uint64_t{1} << 33)) {  // keep a few bits below the last place for rounding
    product = (product >> 1) | (product & 1U);
    ++scale;
  }
  std::uint32_t dropped = 0;
  unsigned drop = 0;
  while ((product >> drop) >= (1U << 24)) ++drop;
  if (drop == 0) {
    while (product < (1U << 23)) {
      product <<= 1;
      --scale;
    }
  }
  std::uint64_t mantissa = product >> drop;
  if (drop > 0) {
    dropped = static_cast<std::uint32_t>(product & ((std::uint64_t{1} << drop) - 1));
    const std::uint32_t half = 1U << (drop - 1);
    if (dropped > half || (dropped == half && (mantissa & 1U) != 0)) ++mantissa;
  }
  scale += static_cast<std::int32_t>(drop);
  if (mantissa >= (1U << 24)) {
    mantissa >>= 1;
    ++scale;
  }
  if (scale <= 0 || scale >= 255) return bits;
  return sign | (static_cast<std::uint32_t>(scale) << 23) |
         (static_cast<std::uint32_t>(mantissa) & 0x7FFFFFU);
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
