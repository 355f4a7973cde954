// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>

#include "interpreter/fixed_point.hpp"

namespace tmd::host::interpreter {

// Exponentials of TFLite's int8 reference kernels in fixed point; Qm.n is a number with m bits before the point.
namespace fixed {

inline constexpr std::int32_t kOne = std::numeric_limits<std::int32_t>::max();  ///< 1 in Q0.31, nearly

constexpr std::int32_t saturating_left(std::int32_t value, int bits) {
  return saturate(static_cast<std::int64_t>(value) * (std::int64_t{1} << bits));
}

/// e^x for x in [-1/4, 0), both Q0.31: the Taylor series about -1/8.
constexpr std::int32_t exponential_near_zero(std::int32_t x) {
  constexpr std::int32_t kExpOfMinusEighth = 1895147668;
  constexpr std::int32_t kThird = 715827883;
  const std::int32_t y = x + (1 << 28);
  const std::int32_t y2 = high_product(y, y);
  const std::int32_t y3 = high_product(y2, y);
  const std::int32_t y4_4 = rounding_shift(high_product(y2, y2), 2);
  const std::int32_t rest = rounding_shift(high_product(saturate(std::int64_t{y4_4} + y3), kThird) + y2, 1);
  return saturate(std::int64_t{kExpOfMinusEighth} + high_product(kExpOfMinusEighth, y + rest));
}

/// e^x for x <= 0 with kBits before the point, at most 5; Q0.31.
template <int kBits>
constexpr std::int32_t exponential(std::int32_t x) {
  static_assert(kBits >= 0 && kBits <= 5);
  if (x == 0) return kOne;
  constexpr std::int32_t kQuarter = 1 << (29 - kBits);
  // x = part - quarters / 4, with part in [-1/4, 0) and e^(-2^k) from a table for each bit of quarters.
  const std::int32_t part = (x & (kQuarter - 1)) - kQuarter;
  const std::uint32_t quarters = static_cast<std::uint32_t>(part - x) >> (29 - kBits);
  constexpr std::int32_t kPowers[7] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  std::int32_t result = exponential_near_zero(saturating_left(part, kBits));
  for (unsigned bit = 0; bit < kBits + 2U; ++bit) {
    if ((quarters >> bit & 1U) != 0) result = high_product(result, kPowers[bit]);
  }
  return result;
}

/// 1 / (1 + x) for x in [0, 1), both Q0.31: three steps of Newton and Raphson.
constexpr std::int32_t reciprocal_of_one_plus(std::int32_t x) {
  constexpr std::int32_t k48Over17 = 1515870810;        // Q2.29
  constexpr std::int32_t kMinus32Over17 = -1010580540;  // Q2.29
  constexpr std::int32_t kOneQ2 = 1 << 29;
  const std::int32_t half = static_cast<std::int32_t>((static_cast<std::int64_t>(x) + kOne + 1) >> 1);
  std::int32_t estimate = k48Over17 + high_product(half, kMinus32Over17);
  for (int step = 0; step < 3; ++step) {
    const std::int32_t error = kOneQ2 - high_product(half, estimate);
    estimate += saturating_left(high_product(estimate, error), 2);
  }
  return saturating_left(estimate, 1);  // Q1.30 of the half is Q0.31 of the whole
}

/// 1 / (1 + e^-x) for x in Q4.27; Q0.31.
constexpr std::int32_t logistic(std::int32_t x) {
  if (x == 0) return 1 << 30;
  const std::int32_t positive = reciprocal_of_one_plus(exponential<4>(x > 0 ? -x : x));
  return x > 0 ? positive : kOne - positive;
}

}  // namespace fixed
}  // namespace tmd::host::interpreter
