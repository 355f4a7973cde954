// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/codec/operation.hpp"
#include "tmd/codec/symbols.hpp"

namespace tmd {
namespace codec {

constexpr std::int32_t clamped(std::int32_t value, std::int32_t limit) {
  return value > limit ? limit : value < -limit ? -limit : value;
}
/// Small differences as they are, larger ones by half powers of two: at most 63.
constexpr std::int32_t quantised(std::uint32_t magnitude) {
  if (magnitude < 4) return static_cast<std::int32_t>(magnitude);
  const std::uint32_t size = bit_length(magnitude);
  return static_cast<std::int32_t>(2 * size - 2 + ((magnitude >> (size - 2)) & 1U));
}

/// How far the last elements of an operation were from their predictions: what is known about how far the next
/// one will be.
class Surprises {
 public:
  /// At the start of an operation.
  void forget() {
    for (std::int8_t& difference : recent_) difference = 0;
    at_ = 0;
    average_ = 0;
    last_ = before_last_ = 0;
  }

  /// The running size of the differences; `scale` is the size of what they are differences from, where that
  /// matters.
  std::uint32_t level(bool words, std::int32_t scale) const {
    const std::int32_t average = average_ - 16 * scale;
    if (words) return static_cast<std::uint32_t>(average >> 4) & 0xFFU;
    return static_cast<std::uint32_t>(quantised(static_cast<std::uint32_t>(average)));
  }
  std::uint32_t last() const { return static_cast<std::uint8_t>(last_); }
  std::uint32_t before_last() const { return static_cast<std::uint8_t>(before_last_); }
  /// The difference `stride` elements ago.
  std::uint32_t above(std::uint32_t stride) const {
    return stride == 0 ? 0U : static_cast<std::uint8_t>(recent_[(at_ - stride) % kLongestStride]);
  }

  /// For what is not a difference: all that matters is what came last.
  void remember_size(std::int32_t size) {
    before_last_ = last_;
    last_ = static_cast<std::int8_t>(size);
  }
  void remember(std::uint32_t difference, std::int32_t scale) {
    const bool negative = difference >> 31 != 0;
    const std::int32_t size = quantised(negative ? 0U - difference : difference);
    const std::int32_t now = 16 * (size + scale);
    average_ = static_cast<std::int16_t>(average_ + (at_ == 0 ? now : (now - average_) / 16));
    remember_size(negative ? -size : size);
    recent_[at_ % kLongestStride] = last_;
    at_ = static_cast<std::uint8_t>((at_ + 1) | (at_ & 0x80U));
  }

 private:
  std::int16_t average_;
  std::int8_t last_;
  std::int8_t before_last_;
  std::uint8_t at_;
  std::int8_t recent_[kLongestStride];  ///< A ring.
};

}  // namespace codec
}  // namespace tmd
