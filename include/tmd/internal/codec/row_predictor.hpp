// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/codec/operation.hpp"
#include "tmd/internal/codec/scaling.hpp"
#include "tmd/internal/codec/symbols.hpp"

namespace tmd {
namespace codec {

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
  /// Shows the deltas of the next element's column in so many rows above, the last one first.
  template <class See>
  void above(unsigned rows, const See& see) {
    const std::int8_t* const column = row(0) + column_;
    for (unsigned i = 0; i < rows; ++i) see(column[i * kRowWindow]);
  }
  /// Shows the deltas one stride back, two, and so on; none that lie further back than the longest stride.
  template <class See>
  void back(unsigned taps, std::uint32_t stride, const See& see) const {
    const unsigned at = at_;
    const std::uint32_t last = last_;
    for (std::uint32_t elements = stride; taps > 0 && elements - 1U < kLongestStride; elements += stride) {
      see(elements - 1U <= last ? deltas_[(at - elements) & last] : 0);
      --taps;
    }
  }

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
  void forget(FilterShape shape) {
    for (std::int16_t& gain : gains_) gain = 0;
    power_ = 0;
    rows_ = static_cast<std::uint8_t>(shape.rows());
    shape_ = shape;
  }
  /// How many rows above it looks at.
  unsigned rows() const { return rows_; }
  /// The delta to expect, in eighths: from those of the rows above, then from those one stride and more back.
  std::int32_t expected(std::uint32_t stride, RecentDeltas& deltas) {
    std::int8_t* seen = seen_;
    const std::int16_t* gain = gains_;
    std::int32_t sum = 0;
    std::uint32_t power = power_ - (power_ >> 4);
    const auto see = [&](std::int32_t delta) __attribute__((always_inline)) {
      *seen++ = static_cast<std::int8_t>(delta);
      sum += *gain++ * delta;
      power += static_cast<std::uint32_t>(delta * delta);
    };
    deltas.above(rows_, see);
    deltas.back(shape_.taps(), stride, see);
    count_ = static_cast<std::uint8_t>(seen - seen_);
    power_ = power;
    return clamped(sum >> 5, 8 * 127);
  }
  /// To be told of each delta that was expected, how far it was from that, in eighths.
  void learn(std::int32_t residual) {
    if (residual == 0 || count_ == 0) return;
    const unsigned norm = bit_length(power_);
    residual *= 32 << shape_.speed();
    const std::int8_t* seen = seen_;
    const std::int8_t* const end = seen + count_;
    std::int16_t* each = gains_;
    do {
      const std::int32_t delta = *seen++;
      // Many deltas are zero: nothing is to be learned from them.
      if (delta != 0)
        *each = static_cast<std::int16_t>(clamped(*each + ((residual * delta) >> norm), kMostGain));
      ++each;
    } while (seen != end);
  }

 private:
  static constexpr std::int32_t kMostGain = 1023;  ///< Of 256: nearly four.

  std::int16_t gains_[kMostTaps];
  std::int8_t seen_[kMostTaps];  ///< What the taps saw last.
  std::uint8_t count_;           ///< How many taps there are.
  std::uint8_t rows_;
  FilterShape shape_;
  std::uint32_t power_;  ///< Running sum of the squares of what the taps saw.
};

}  // namespace codec
}  // namespace tmd
