// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "interpreter/exponential.hpp"
#include "interpreter/fixed_point.hpp"
#include "tmd/bytes.hpp"

namespace tmd::host::interpreter {

inline constexpr int kSoftmaxDifferenceBits =
    5;                                      ///< differences of logits are Q5.26: beyond -32, e^x is nothing
inline constexpr int kSoftmaxSumBits = 12;  ///< sums of exponentials are Q12.19

/// One row of logits to probabilities with scale 1/256 and zero point -128. `multiplier` takes a difference
/// of logits to Q5.26, and `smallest` is the least difference whose exponential counts.
inline void softmax_row(tmd::ConstBytes logits, Multiplier multiplier, std::int32_t smallest,
                        tmd::MutableBytes probabilities) {
  using namespace fixed;
  std::int32_t most = -128;
  for (const std::uint8_t byte : logits) {
    const std::int32_t logit = static_cast<std::int8_t>(byte);
    most = logit > most ? logit : most;
  }
  const auto exponential_of = [&](std::uint8_t byte, std::int32_t& result) {
    const std::int32_t difference = static_cast<std::int8_t>(byte) - most;
    if (difference < smallest) return false;
    result = exponential<kSoftmaxDifferenceBits>(multiplier.of(difference));
    return true;
  };
  std::int32_t sum = 0;  // Q12.19
  for (const std::uint8_t byte : logits) {
    std::int32_t power = 0;
    if (exponential_of(byte, power))
      sum = saturate(std::int64_t{sum} + rounding_shift(power, kSoftmaxSumBits));
  }
  int headroom = 0;
  while ((static_cast<std::uint32_t>(sum) << headroom & 0x80000000U) == 0) ++headroom;
  const std::uint32_t fraction = (static_cast<std::uint32_t>(sum) << headroom) - 0x80000000U;
  const std::int32_t reciprocal = reciprocal_of_one_plus(static_cast<std::int32_t>(fraction));
  const int bits = kSoftmaxSumBits - headroom + 31 - 8;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    std::int32_t power = 0;
    std::int32_t probability = 0;
    if (exponential_of(logits[i], power)) {
      probability = rounding_shift(high_product(reciprocal, power), bits);
    }
    probabilities[i] = static_cast<std::uint8_t>(clamp(probability - 128, -128, 127));
  }
}

}  // namespace tmd::host::interpreter
