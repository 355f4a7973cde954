// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace modelgen {

/// A stream of random numbers that is the same on every machine and with every standard library
/// (SplitMix64; Steele, Lea and Flood, OOPSLA 2014). The distributions of <random> are not.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

  constexpr std::uint64_t bits() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31);
  }

  /// In [0, 1), a multiple of 2^-24: exact in a float.
  constexpr float uniform() { return static_cast<float>(bits() >> 40) * 0x1p-24F; }
  constexpr float uniform(float low, float high) { return low + (high - low) * uniform(); }

  /// In [0, count).
  constexpr std::uint32_t below(std::uint32_t count) {
    return static_cast<std::uint32_t>(((bits() >> 32) * count) >> 32);
  }

  /// Mean 0, variance 1: the sum of twelve uniform numbers, which needs no logarithm and so no libm. Nothing
  /// lies beyond six standard deviations, and nothing here looks that far out.
  constexpr float normal() {
    float sum = -6.0F;
    for (int i = 0; i < 12; ++i) sum += uniform();
    return sum;
  }

  /// A stream of its own for one purpose, so that drawing more numbers for one leaves the others as they
  /// were.
  constexpr Random stream(std::uint64_t purpose) const {
    Random mixed(state_ ^ (purpose * 0xD1342543DE82EF95U));
    return Random(mixed.bits());
  }

 private:
  std::uint64_t state_;
};

}  // namespace modelgen
