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

/// How a probability below one half finds its table entry: sixteen entries for each power of two, so that the
/// relative error is the same for rare and for common events.
struct StretchTable {
  static constexpr unsigned kOctaves = 11;
  static constexpr unsigned kSteps = 16;
  std::int16_t entry[kOctaves * kSteps] = {};

  constexpr StretchTable() {
    for (unsigned octave = 0; octave < kOctaves; ++octave) {
      for (unsigned step = 0; step < kSteps; ++step) {
        const std::uint32_t middle = ((2 * (kSteps + step) + 1) << octave) / 2;
        entry[octave * kSteps + step] = bisected_stretch(middle);
      }
    }
  }
};
inline constexpr StretchTable kStretchTable{};

/// The logistic of a 16-bit probability, within 3 % of its odds.
constexpr std::int32_t stretch(std::uint32_t probability) {
  const bool above = probability >= 32768U;
  std::uint32_t small = above ? 65535U - probability : probability;
  if (small < 16) small = 16;
  const unsigned octave = 27U - static_cast<unsigned>(__builtin_clz(small));
  const std::int32_t value = kStretchTable.entry[octave * 16 + ((small >> octave) & 15U)];
  return above ? -value : value;
}

}  // namespace codec
}  // namespace tmd
