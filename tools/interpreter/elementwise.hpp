// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "interpreter/exponential.hpp"
#include "interpreter/fixed_point.hpp"
#include "interpreter/kernels.hpp"
#include "interpreter/model_view.hpp"
#include "tmd/bytes.hpp"

namespace tmd::host::interpreter {

/// Which element of an input belongs to an element of the output, where dimensions of one are repeated.
class Broadcast {
 public:
  /// False where the shapes do not go together.
  static bool make(const TensorView& input, const TensorView& output, Broadcast& result) {
    const std::uint32_t rank = output.rank();
    if (input.rank() > rank) return false;
    result.rank_ = rank;
    std::uint32_t stride = 1;
    for (std::uint32_t i = 0; i < rank; ++i) {
      const std::uint32_t from_end = rank - 1 - i;
      const std::uint32_t size = i < input.rank() ? input.dimensions.uint32(input.rank() - 1 - i) : 1;
      result.sizes_[from_end] = output.dimensions.uint32(from_end);
      if (size != 1 && size != result.sizes_[from_end]) return false;
      result.strides_[from_end] = size == 1 ? 0 : stride;
      stride *= size;
    }
    return true;
  }

  std::size_t at(std::size_t index) const {
    std::size_t offset = 0;
    for (std::uint32_t i = rank_; i-- > 0;) {
      offset += index % sizes_[i] * strides_[i];
      index /= sizes_[i];
    }
    return offset;
  }

 private:
  std::uint32_t rank_ = 0;
  std::uint32_t sizes_[kMaxRank] = {};
  std::uint32_t strides_[kMaxRank] = {};
};

/// An int8 operand of a sum or a product.
struct Term {
  tmd::ConstBytes bytes;
  std::int32_t zero = 0;
  Broadcast places;
  Multiplier multiplier;  ///< of a sum only

  std::int32_t value(std::size_t index) const { return signed_byte(bytes[places.at(index)]) - zero; }
};

/// Range and zero point of an int8 output.
struct Limits {
  std::int32_t low = -128, high = 127, zero = 0;

  std::uint8_t byte(std::int32_t value) const {
    return static_cast<std::uint8_t>(clamp(saturate(std::int64_t{value} + zero), low, high));
  }
};

/// Both terms are brought to a common scale with twenty bits more than they have.
inline constexpr int kSumHeadroom = 20;

inline void add(const Term& a, const Term& b, Multiplier output, const Limits& limits, tmd::MutableBytes to) {
  const auto scaled = [](const Term& term, std::size_t i) {
    return term.multiplier.of(term.value(i) * (1 << kSumHeadroom));
  };
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = limits.byte(output.of(scaled(a, i) + scaled(b, i)));
}

inline void multiply(const Term& a, const Term& b, Multiplier output, const Limits& limits,
                     tmd::MutableBytes to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = limits.byte(output.of(a.value(i) * b.value(i)));
}

/// Another scale or zero point: QUANTIZE of bytes, and activations of their own. Bytes carry a sign unless
/// `sign` is 0x80, which turns a uint8 into an int8 of a zero point 128 lower.
inline void requantise(tmd::ConstBytes from, std::int32_t zero, Multiplier multiplier, const Limits& limits,
                       std::uint8_t from_sign, std::uint8_t to_sign, tmd::MutableBytes to) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    const std::int32_t value = signed_byte(from[i] ^ from_sign) - zero;
    to[i] = static_cast<std::uint8_t>(limits.byte(multiplier.of(value)) ^ to_sign);
  }
}

/// Logistic function; `multiplier` takes a value to Q4.27, and beyond `radius` it is 0 or 1. The output has
/// scale 1/256 and zero point -128.
inline void logistic(tmd::ConstBytes from, std::int32_t zero, Multiplier multiplier, std::int32_t radius,
                     tmd::MutableBytes to) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    const std::int32_t value = signed_byte(from[i]) - zero;
    std::int32_t result = value <= -radius ? -128 : 127;
    if (value > -radius && value < radius)
      result = clamp(rounding_shift(fixed::logistic(multiplier.of(value)), 31 - 8) - 128, -128, 127);
    to[i] = static_cast<std::uint8_t>(result);
  }
}

}  // namespace tmd::host::interpreter
