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

/// squash at the multiples of 64 from -2048 to 2048 (that is ln odds of -8 to 8 in quarters).
constexpr std::uint16_t kSquashPoints[65] = {
    22,    28,    36,    47,    60,    77,    98,    126,   162,   208,   267,   342,   439,
    562,   720,   922,   1179,  1506,  1921,  2446,  3108,  3938,  4971,  6249,  7812,  9702,
    11955, 14595, 17625, 21025, 24743, 28693, 32768, 36843, 40793, 44511, 47911, 50941, 53581,
    55834, 57724, 59287, 60565, 61598, 62428, 63090, 63615, 64030, 64357, 64614, 64816, 64974,
    65097, 65194, 65269, 65328, 65374, 65410, 65438, 65459, 65476, 65489, 65500, 65508, 65514};

/// The probability that `stretched` stands for; between two points the line that joins them.
constexpr std::uint32_t squash(std::int32_t stretched) {
  if (stretched > kStretchLimit) stretched = kStretchLimit;
  if (stretched < -kStretchLimit) stretched = -kStretchLimit;
  const std::uint32_t place = static_cast<std::uint32_t>(stretched + 2048);
  const std::uint32_t low = kSquashPoints[place >> 6];
  const std::uint32_t high = kSquashPoints[(place >> 6) + 1];
  return low + (((high - low) * (place & 63U)) >> 6);
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

/// The logistic of a probability, by its upper 8 of 16 bits, with 4 fractional bits.
struct Stretched {
  std::int8_t of[256] = {};

  constexpr Stretched() {
    for (std::uint32_t i = 0; i < 256; ++i) {
      const std::int32_t stretched = bisected_stretch(i * 256 + 128);
      of[i] = static_cast<std::int8_t>((stretched + (stretched < 0 ? -8 : 8)) / 16);
    }
  }
};
inline constexpr Stretched kStretched{};

}  // namespace codec
}  // namespace tmd
