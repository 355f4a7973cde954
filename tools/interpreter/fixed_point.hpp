// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>

namespace tmd::host::interpreter {

// The integer arithmetic of TFLite's reference kernels, which took it from gemmlowp. No floating point: a
// scale is read as the bits of its float.

constexpr std::int32_t saturate(std::int64_t value) {
  constexpr std::int64_t kLow = std::numeric_limits<std::int32_t>::min();
  constexpr std::int64_t kHigh = std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(value < kLow ? kLow : value > kHigh ? kHigh : value);
}

constexpr std::int32_t clamp(std::int32_t value, std::int32_t low, std::int32_t high) {
  return value < low ? low : value > high ? high : value;
}

/// a * b / 2^31, rounded to nearest, halves away from zero.
constexpr std::int32_t high_product(std::int32_t a, std::int32_t b) {
  const std::int64_t product = static_cast<std::int64_t>(a) * b;
  const std::int64_t half = std::int64_t{1} << 30;
  return saturate((product + (product >= 0 ? half : 1 - half)) / (std::int64_t{1} << 31));
}

/// value / 2^bits, rounded to nearest, halves away from zero; `bits` is at most 31.
constexpr std::int32_t rounding_shift(std::int32_t value, int bits) {
  if (bits == 0) return value;
  const std::int64_t half = std::int64_t{1} << (bits - 1);
  return static_cast<std::int32_t>((static_cast<std::int64_t>(value) + half - (value < 0 ? 1 : 0)) >> bits);
}

/// A positive real factor: value * 2^(shift - 31), where value is 0 or in [2^30, 2^31).
struct Multiplier {
  std::int32_t value = 0;
  int shift = 0;

  constexpr std::int32_t of(std::int32_t number) const {
    const int left = shift > 0 ? shift : 0;
    const int right = shift > 0 ? 0 : -shift;
    const std::int32_t scaled = saturate(static_cast<std::int64_t>(number) * (std::int64_t{1} << left));
    return rounding_shift(high_product(scaled, value), right);
  }

  /// The same for sums of 48 bits, as layers with int16 activations have them: with a factor of 15 bits, and
  /// halves upwards, as the reference does.
  constexpr std::int32_t of_wide(std::int64_t number) const {
    const std::int64_t factor = value < 0x7FFF0000 ? (value + (1 << 15)) >> 16 : 0x7FFF;
    const int right = 15 - shift;  // the caller sees to a shift below 15
    return saturate((number * factor + (std::int64_t{1} << (right - 1))) >> right);
  }
};

/// A positive normal float taken apart: mantissa * 2^exponent with a mantissa of 24 bits.
struct FloatParts {
  std::uint32_t mantissa = 0;  ///< 0 where the float is zero, negative, subnormal, infinite or no number
  int exponent = 0;

  static constexpr FloatParts of(std::uint32_t bits) {
    const std::uint32_t biased = bits >> 23;  // with the sign on top: 256 and more is negative
    if (biased == 0 || biased >= 255) return FloatParts{};
    return FloatParts{(bits & 0x7FFFFFU) | 0x800000U, static_cast<int>(biased) - 150};
  }
};

/// a * b / c as a multiplier; false where one of them is not a positive float or the result is out of range.
/// Exact to the last of the 31 bits, as the reference gets it in double precision.
constexpr bool make_multiplier(FloatParts a, FloatParts b, FloatParts c, Multiplier& result) {
  if (a.mantissa == 0 || b.mantissa == 0 || c.mantissa == 0) return false;
  // 47 or 48 bits, moved up by nine, over 24 bits: a quotient of 32 to 34 bits, to be rounded to 31.
  const std::uint64_t quotient = ((std::uint64_t{a.mantissa} * b.mantissa) << 9) / c.mantissa;
  int surplus = 1;
  while ((quotient >> surplus) >= (std::uint64_t{1} << 31)) ++surplus;
  std::uint64_t rounded = (quotient + (std::uint64_t{1} << (surplus - 1))) >> surplus;
  int shift = a.exponent + b.exponent - c.exponent + surplus + 22;
  if (rounded == (std::uint64_t{1} << 31)) {
    rounded >>= 1;
    ++shift;
  }
  if (shift > 30) return false;
  result = shift < -31 ? Multiplier{} : Multiplier{static_cast<std::int32_t>(rounded), shift};
  return true;
}

}  // namespace tmd::host::interpreter
