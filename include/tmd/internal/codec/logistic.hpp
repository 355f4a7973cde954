// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tmd {
namespace codec {

/// Probabilities in the logistic domain, where evidence from several models adds up: `stretch(p) = ln(p / (1
/// - p))` and its inverse `squash`. Integers and tables only, so that every machine computes the same patch.
///
/// A probability has 16 bits (65,536 is certainty, which never occurs); a stretched one has 8 fractional bits
/// and lies within ±kStretchLimit.
constexpr std::int32_t kStretchLimit = 2047;

/// squash at the multiples of 128 from -2048 to 2048 (that is ln odds of -8 to 8 in halves).
constexpr std::uint16_t kSquashPoints[33] = {22,    36,    60,    98,    162,   267,   439,   720,   1179,
                                             1921,  3108,  4971,  7812,  11955, 17625, 24743, 32768, 40793,
                                             47911, 53581, 57724, 60565, 62428, 63615, 64357, 64816, 65097,
                                             65269, 65374, 65438, 65476, 65500, 65514};

/// The probability that `stretched` stands for; between two points the line that joins them.
[[gnu::always_inline]] constexpr std::uint32_t squash(std::int32_t stretched) {
  if (stretched > kStretchLimit) stretched = kStretchLimit;
  if (stretched < -kStretchLimit) stretched = -kStretchLimit;
  const std::uint32_t place = static_cast<std::uint32_t>(stretched + 2048);
  const std::uint32_t low = kSquashPoints[place >> 7];
  const std::uint32_t high = kSquashPoints[(place >> 7) + 1];
  return low + (((high - low) * (place & 127U)) >> 7);
}

/// The inverse of `squash`, found by bisection: for building the table below, not for use at run time.
constexpr std::int16_t bisected_stretch(std::uint32_t probability) {
  std::int32_t low = -kStretchLimit;
  std::int32_t high = kStretchLimit;
  while (low < high) {
    const std::int32_t middle = (low + high + 4096) / 2 - 2048;
    if (squash(middle) < probability) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return static_cast<std::int16_t>(low);
}

/// The logistic of probabilities from one half on, by their upper 8 of 16 bits, with 4 fractional bits.
struct Stretched {
  std::int8_t of[128] = {};

  constexpr Stretched() {
    for (std::uint32_t i = 0; i < 128; ++i)
      of[i] = static_cast<std::int8_t>((bisected_stretch((i + 128) * 256 + 128) + 8) / 16);
  }
};
inline constexpr Stretched kStretched{};

/// The logistic of a probability by its upper 8 bits: of p and 1 - p the same but for the sign.
constexpr std::int32_t stretched(std::uint32_t upper) {
  return upper >= 128 ? kStretched.of[upper - 128] : -kStretched.of[127 - upper];
}

}  // namespace codec
}  // namespace tmd
