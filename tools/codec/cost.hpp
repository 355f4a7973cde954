// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace tmd::host {

/// Counts what bits would cost, in 1/65,536 of a bit, without writing them. Integers, so that plans do not
/// depend on how a machine rounds; the table is filled by repeated squaring, which every machine does alike.
class CostSink {
 public:
  unsigned code_bit(std::uint32_t probability, unsigned bit) {
    cost_ += table()[(bit != 0 ? probability : 65536U - probability) >> 4];
    return bit;
  }
  std::uint32_t raw(unsigned bits, std::uint32_t number) {
    cost_ += std::uint64_t{bits} << 16;
    return number;
  }
  std::uint64_t cost() const { return cost_; }

 private:
  /// -log2(p) of the middle of each sixteenth, by the digits of the binary logarithm.
  static std::uint32_t price(std::uint32_t probability) {
    std::uint64_t x = std::uint64_t{probability} << 15;  // 1.0 = 2^31
    std::uint32_t whole = 0;
    while (x < (std::uint64_t{1} << 31)) {
      x <<= 1;
      ++whole;
    }
    std::uint32_t fraction = 0;
    for (unsigned i = 0; i < 16; ++i) {
      x = (x * x) >> 31;
      fraction <<= 1;
      if (x >= (std::uint64_t{1} << 32)) {
        x >>= 1;
        fraction |= 1;
      }
    }
    return (whole << 16) - fraction;
  }
  static const std::array<std::uint32_t, 4097>& table() {
    static const std::array<std::uint32_t, 4097> prices = [] {
      std::array<std::uint32_t, 4097> made{};
      for (std::uint32_t i = 0; i <= 4096; ++i) made[i] = price(i == 4096 ? 65535U : i * 16 + 8);
      return made;
    }();
    return prices;
  }

  std::uint64_t cost_ = 0;
};

}  // namespace tmd::host
