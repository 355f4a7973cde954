// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "tmd/internal/codec/range_decoder.hpp"

namespace tmd::host {

/// The writing side of codec::RangeDecoder.
class RangeEncoder {
 public:
  unsigned code_bit(std::uint32_t probability, unsigned bit) {
    const std::uint32_t part = codec::part_of_one(range_, probability);
    if (bit != 0) {
      range_ = part;
    } else {
      low_ += part;
      range_ -= part;
    }
    settle();
    return bit;
  }
  std::uint32_t raw(unsigned bits, std::uint32_t number) {
    while (bits-- > 0) {
      range_ >>= 1;
      if (((number >> bits) & 1U) != 0) low_ += range_;
      settle();
    }
    return number;
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
