// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/codec/operation.hpp"
#include "tmd/internal/codec/symbols.hpp"

namespace tmd {
namespace codec {

constexpr std::int32_t clamped(std::int32_t value, std::int32_t limit) {
  return value > limit ? limit : value < -limit ? -limit : value;
}

/// How far the last elements of an operation lie from what the base alone says, a byte each.
class RecentMoves {
 public:
  /// At the start of an operation.
  void forget() {
    for (std::int8_t& move : moves_) move = 0;
    at_ = 0;
  }
  /// The move of so many elements ago; 0 where that is none, or more than are remembered.
  std::int32_t back(std::uint32_t elements) const {
    return elements - 1U < kLongestStride ? moves_[(at_ - elements) % kLongestStride] : 0;
  }
  void remember(std::int32_t move) { moves_[at_++] = static_cast<std::int8_t>(clamped(move, 127)); }

 private:
  static_assert(kLongestStride == 256, "`at_` counts modulo 256");
  std::int8_t moves_[kLongestStride];  ///< A ring.
  std::uint8_t at_;
};

/// Foretells a move from those one, two and three strides back: an adaptive filter of three taps (normalised
/// least mean squares, Widrow and Hoff 1960). Training moves the weights of a layer by nearly one vector times a
/// gain for each row, so the rows above tell much about this one. Integers; the norm is a power of two.
class AdaptiveFilter {
 public:
  /// At the start of an operation.
  void forget() {
    for (std::int16_t& gain : gains_) gain = 0;
    power_ = 0;
  }
  /// The move to expect, in eighths.
  std::int32_t expected(const RecentMoves& moves, std::uint32_t stride) {
    std::int32_t sum = 0;
    for (unsigned i = 0; i < kTaps; ++i) {
      seen_[i] = static_cast<std::int8_t>(moves.back((i + 1) * stride));
      sum += gains_[i] * seen_[i];
    }
    return sum >> 5;
  }
  /// To be told of each move that was expected, how far it was from that, in eighths.
  void learn(std::int32_t missed) {
    power_ -= power_ >> 4;
    for (const std::int32_t move : seen_) power_ += static_cast<std::uint32_t>(move * move);
    const unsigned norm = bit_length(power_);
    for (unsigned i = 0; i < kTaps; ++i) {
      const std::int32_t step = (missed * seen_[i] * 32) >> norm;
      gains_[i] = static_cast<std::int16_t>(clamped(gains_[i] + step, kMostGain));
    }
  }

 private:
  static constexpr unsigned kTaps = 3;
  static constexpr std::int32_t kMostGain = 1023;  ///< Of 256: nearly four.

  std::int16_t gains_[kTaps];
  std::int8_t seen_[kTaps];  ///< What the taps saw last.
  std::uint32_t power_;      ///< Running sum of the squares of what the taps saw.
};

}  // namespace codec
}  // namespace tmd
