// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "tmd/codec/range_decoder.hpp"

namespace tmd::host {

/// The writing side of codec::RangeDecoder.
class RangeEncoder {
 public:
  unsigned bit(std::uint32_t probability, unsigned bit) {
    interval_.keep(bit, interval_.split(probability));
    while (interval_.settled()) {
      bytes_.push_back(static_cast<std::uint8_t>(interval_.high >> 24));
      interval_.shift();
    }
    return bit;
  }

  /// The shortest bytes that stay in the interval when zeros follow them.
  std::vector<std::uint8_t> finish() {
    for (unsigned kept = 0; kept <= 4; ++kept) {
      const std::uint32_t mask = kept == 0 ? 0U : 0xFFFFFFFFU << (32 - 8 * kept);
      std::uint32_t value = interval_.low & mask;
      if (value < interval_.low) {
        const std::uint64_t up =
            std::uint64_t{value} + (kept == 0 ? std::uint64_t{1} << 32 : std::uint64_t{~mask} + 1);
        if (up > interval_.high) continue;
        value = static_cast<std::uint32_t>(up);
      }
      for (unsigned i = 0; i < kept; ++i) bytes_.push_back(static_cast<std::uint8_t>(value >> (24 - 8 * i)));
      break;
    }
    while (!bytes_.empty() && bytes_.back() == 0) bytes_.pop_back();
    return std::move(bytes_);
  }

 private:
  codec::Interval interval_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace tmd::host
