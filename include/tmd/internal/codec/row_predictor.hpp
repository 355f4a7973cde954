// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/codec/operation.hpp"
#include "tmd/internal/codec/symbols.hpp"

namespace tmd {
namespace codec {

/// The nearest value within ±limit. One comparison where that is the value itself, as it nearly always is.
constexpr std::int32_t clamped(std::int32_t value, std::int32_t limit) {
  const bool is_within = static_cast<std::uint32_t>(value + limit) <= static_cast<std::uint32_t>(2 * limit);
  return is_within ? value : value < 0 ? -limit : limit;
}
/// How far a byte lies from `plain`, what the base alone says in eighths. What wraps around stays wrapped.
constexpr std::int32_t delta_of(std::int32_t byte, std::int32_t plain) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(8 * byte - plain) << 21) >> 21;
}
/// The same in whole counts.
constexpr std::int8_t rounded_delta(std::int32_t eighths) {
  return static_cast<std::int8_t>(clamped((eighths + 4) >> 3, 127));
}

/// How far earlier elements of an operation lie from what the base alone says, a byte each: the last ones, and where
/// whole rows above are asked for, of those the next few columns. These are too many to remember; they are worked
/// out again from base and target, a few elements of each row at a time.
class RecentDeltas {
 public:
  /// At the start of an operation.
  void forget(bool rows) {
    for (std::int8_t& delta : deltas_) delta = 0;
    at_ = 0;
    last_ = rows ? kLongestStride / 2 - 1 : kLongestStride - 1;
    turn();
  }
  /// The delta of so many elements ago; 0 where that is none, or more than are remembered.
  std::int8_t back(std::uint32_t elements) const {
    return elements - 1U <= last_ ? deltas_[(at_ - elements) & last_] : std::int8_t{0};
  }
  void remember(std::int32_t delta) {
    deltas_[at_ & last_] = static_cast<std::int8_t>(delta);
    ++at_;
    if (++column_ == kRowWindow) turn();
  }

  /// Before an element from which on the deltas of other columns are wanted.
  void turn() { known_ = column_ = 0; }
  /// How many rows' deltas are worked out. All that are wanted must be, before each element.
  unsigned known() const { return known_; }
  void know(unsigned rows) { known_ = static_cast<std::uint8_t>(rows); }
  /// Where the deltas of a row above go, kRowWindow of them.
  std::int8_t* row(unsigned which) { return deltas_ + kLongestStride / 2 + which * kRowWindow; }
  /// The delta of the next element's column in the row above; kRowWindow behind it that of one row more, and so on.
  const std::int8_t* above() { return row(0) + column_; }

 private:
  static_assert(kLongestStride == 256, "`at_` counts modulo 256");
  static_assert(kMostRows * kRowWindow == kLongestStride / 2, "rows take half of the ring's place");

  std::int8_t deltas_[kLongestStride];  ///< A ring; where there are rows, half of it, and the rows.
  std::uint8_t at_;
  std::uint8_t last_;  ///< The length of the ring less one.
  std::uint8_t known_;
  std::uint8_t column_;
};

/// Predicts a delta from earlier ones: an adaptive filter (normalised least mean squares, Widrow and Hoff 1960).
/// Training deltas the weights of a layer by nearly a few vectors, each times a gain for each row, so the rows
/// above tell much about this one. Integers; the norm is a power of two.
class RowPredictor {
 public:
  /// At the start of an operation.
  void forget() {
    for (std::int16_t& gain : gains_) gain = 0;
    power_ = 0;
  }
  /// The delta to expect, in eighths: from those of the rows above, then from those one stride and more back.
  std::int32_t expected(const Operation& operation, RecentDeltas& deltas) {
    std::int8_t* seen = seen_;
    const std::int8_t* const above = deltas.above();
    const unsigned rows = operation.filter.rows();
    for (unsigned row = 0; row < rows; ++row) *seen++ = above[row * kRowWindow];
    const std::uint32_t stride = operation.stride;
    std::uint32_t back = stride;
    for (unsigned i = operation.filter.taps(); i > 0 && back - 1U < kLongestStride; --i) {
      *seen++ = deltas.back(back);
      back += stride;
    }
    count_ = static_cast<std::uint8_t>(seen - seen_);
    std::uint32_t power = power_ - (power_ >> 4);
    std::int32_t sum = 0;
    const std::int16_t* gain = gains_;
    for (const std::int8_t* each = seen_; each != seen; ++each) {
      const std::int32_t delta = *each;
      sum += *gain++ * delta;
      power += static_cast<std::uint32_t>(delta * delta);
    }
    power_ = power;
    return clamped(sum >> 5, 8 * 127);
  }
  /// To be told of each delta that was expected, how far it was from that, in eighths.
  void learn(std::int32_t residual, unsigned speed) {
    if (residual == 0) return;
    const unsigned norm = bit_length(power_);
    residual *= 32 << speed;
    const std::int8_t* const end = seen_ + count_;
    std::int16_t* each = gains_;
    for (const std::int8_t* seen = seen_; seen != end; ++seen) {
      const std::int32_t gain = *each + ((residual * *seen) >> norm);
      *each++ = static_cast<std::int16_t>(clamped(gain, kMostGain));
    }
  }

 private:
  static constexpr std::int32_t kMostGain = 1023;  ///< Of 256: nearly four.

  std::int16_t gains_[kMostTaps];
  std::int8_t seen_[kMostTaps];  ///< What the taps saw last.
  std::uint8_t count_;           ///< How many taps there are.
  std::uint32_t power_;          ///< Running sum of the squares of what the taps saw.
};

}  // namespace codec
}  // namespace tmd
