// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "interpreter/fixed_point.hpp"
#include "interpreter/kernels.hpp"
#include "interpreter/movement.hpp"

namespace tmd::host::interpreter {

/// How the elements of a mean lie: `outer` walks to the first element of each output, `inner` over its terms.
struct Reduction {
  Walk outer, inner;
  std::uint32_t terms = 1;

  static bool make(const TensorView& input, const TensorView& output, const IntegerList& axes,
                   Reduction& result) {
    std::uint32_t reduced = 0;
    const std::int32_t rank = static_cast<std::int32_t>(input.rank());
    if (axes.size() == 0) return false;
    for (std::uint32_t i = 0; i < axes.size(); ++i) {
      const std::int32_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];
      if (axis < 0 || axis >= rank) return false;
      reduced |= 1U << static_cast<std::uint32_t>(axis);
    }
    std::uint32_t outputs = 1;
    for (std::uint32_t i = 0; i < input.rank(); ++i) {
      const bool gone = (reduced >> i & 1U) != 0;
      Walk& walk = gone ? result.inner : result.outer;
      walk.size[walk.rank] = input.dimensions.uint32(i);
      walk.step[walk.rank++] = stride_of(input, i);
      (gone ? result.terms : outputs) *= input.dimensions.uint32(i);
    }
    return outputs == output.count;
  }

  std::size_t at(std::size_t output, std::size_t term) const {
    return static_cast<std::size_t>(outer.at(output) + inner.at(term));
  }
};

/// Takes the division by the number of terms into the multiplier, with the bits that this loses.
inline Multiplier mean_multiplier(Multiplier scale, std::uint32_t terms) {
  int shift = 0;
  while (terms >> (shift + 1) != 0) ++shift;
  if (shift > 31 + scale.shift) shift = 31 + scale.shift;
  const std::int64_t value = (std::int64_t{scale.value} * (std::int64_t{1} << shift)) / terms;
  return Multiplier{static_cast<std::int32_t>(value), scale.shift - shift};
}

inline void mean(const Reduction& reduction, tmd::ConstBytes from, std::int32_t from_zero,
                 Multiplier multiplier, std::int32_t to_zero, tmd::MutableBytes to) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    Accumulator sum = 0;
    for (std::size_t term = 0; term < reduction.terms; ++term)
      sum += static_cast<Accumulator>(signed_byte(from[reduction.at(i, term)]) - from_zero);
    const std::int64_t value = std::int64_t{multiplier.of(static_cast<std::int32_t>(sum))} + to_zero;
    to[i] = static_cast<std::uint8_t>(clamp(saturate(value), -128, 127));
  }
}

}  // namespace tmd::host::interpreter
