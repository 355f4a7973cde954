// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tmd/internal/codec/range_decoder.hpp"

namespace tmd::host {

/// The writing side of codec::RangeDecoder.
class RangeEncoder {
 public:
  unsigned code_bit(std::uint32_t probability, unsigned bit) {
    const std::uint32_t part = codec::part_of_one(range_, probability);
    const std::uint32_t rest = range_ - part;
    low_ += part & all_if(bit == 0);
    range_ = rest ^ ((rest ^ part) & all_if(bit != 0));
    settle();
    return bit;
  }
  std::uint32_t raw(unsigned bits, std::uint32_t number) {
    while (bits-- > 0) {
      range_ >>= 1;
      low_ += range_ & all_if(((number >> bits) & 1U) != 0);
      settle();
    }
    return number;
  }

  /// What was written so far, in bits: bytes, and how much of the range is used up.
  double bits() const {
    const std::size_t bytes = bytes_.size() + waiting_ + (begun_ ? 1 : 0);
    return 8.0 * static_cast<double>(bytes) + 32.0 - std::log2(static_cast<double>(range_));
  }
  /// The shortest bytes that stay in the range when zeros follow them.
  std::vector<std::uint8_t> finish() {
    for (unsigned dropped = 32;; dropped -= 8) {
      const std::uint64_t mask = (std::uint64_t{1} << dropped) - 1;
      const std::uint64_t value = (low_ + mask) & ~mask;
      if (value >= low_ + range_) continue;
      low_ = value;
      break;
    }
    for (unsigned i = 0; i < 5; ++i) shift();
    while (!bytes_.empty() && bytes_.back() == 0) bytes_.pop_back();
    return std::move(bytes_);
  }

 private:
  /// All bits or none: processors do not foresee which way bits of noise branch.
  static std::uint32_t all_if(bool condition) { return 0U - (condition ? 1U : 0U); }
  void settle() {
    while (range_ < codec::kLeastRange) {
      range_ <<= 8;
      shift();
    }
  }
  /// Writes the top byte of `low_`. The byte before may still take a carry, as may the 0xFF bytes behind it: they
  /// wait in `last_` and `waiting_`.
  void shift() {
    if (low_ < 0xFF000000U || low_ > 0xFFFFFFFFU) {
      const std::uint8_t carry = static_cast<std::uint8_t>(low_ >> 32);
      if (begun_) bytes_.push_back(static_cast<std::uint8_t>(last_ + carry));
      for (; waiting_ > 0; --waiting_) bytes_.push_back(static_cast<std::uint8_t>(0xFF + carry));
      last_ = static_cast<std::uint8_t>(low_ >> 24);
      begun_ = true;
    } else {
      ++waiting_;
    }
    low_ = (low_ & 0x00FFFFFFU) << 8;
  }

  std::uint64_t low_ = 0;
  std::uint32_t range_ = 0xFFFFFFFFU;
  std::uint8_t last_ = 0;
  bool begun_ = false;  ///< Before the first byte there is nothing to carry into.
  std::size_t waiting_ = 0;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace tmd::host
