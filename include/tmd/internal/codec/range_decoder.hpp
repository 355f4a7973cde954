// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"

namespace tmd {
namespace codec {

/// The part of `range` that stands for a 1, where a 1 has `probability` of 65,536. Fourteen bits of it count: a
/// range has at least 24.
constexpr std::uint32_t part_of_one(std::uint32_t range, std::uint32_t probability) {
  return (range >> 14) * (probability >> 2);
}
/// A range below this takes another byte.
constexpr std::uint32_t kLeastRange = 1U << 24;

/// Patch bytes that were given and not yet decoded, in a ring. Small: it bridges the distance between chunks of any
/// size and steps that must find all their input at once.
template <std::size_t kCapacity>
class InputQueue {
 public:
  std::size_t sink(ConstBytes bytes) {
    std::size_t taken = 0;
    for (; taken < bytes.size() && size_ < kCapacity; ++taken) {
      const unsigned end = unsigned{begin_} + size_++;
      data_[end < kCapacity ? end : end - kCapacity] = bytes[taken];
    }
    return taken;
  }
  std::size_t size() const { return size_; }
  /// The next byte; zeros follow the last one.
  std::uint8_t next() {
    if (size_ == 0) return 0;
    --size_;
    const std::uint8_t byte = data_[begin_++];
    if (begin_ == kCapacity) begin_ = 0;
    return byte;
  }

 private:
  static_assert(kCapacity < 256, "positions are single bytes");
  std::uint8_t data_[kCapacity];
  std::uint8_t begin_;
  std::uint8_t size_;
};

/// Turns the bytes that `Source::next` gives back into bits.
template <class Source>
class RangeDecoder {
 public:
  static constexpr bool kDecodes = true;

  Source& source() { return source_; }

  void start() {
    range_ = 0xFFFFFFFFU;
    for (unsigned i = 0; i < 4; ++i) value_ = (value_ << 8) | source_.next();
  }
  /// Decodes one bit that is 1 with `probability` of 65,536; the second argument is what an encoder would
  /// write.
  unsigned code_bit(std::uint32_t probability, unsigned) {
    const std::uint32_t part = part_of_one(range_, probability);
    const unsigned decoded = value_ < part ? 1U : 0U;
    if (decoded != 0) {
      range_ = part;
    } else {
      value_ -= part;
      range_ -= part;
    }
    if (range_ < kLeastRange) refill();
    return decoded;
  }
  /// Decodes `bits` bits that are as likely 0 as 1, the most significant first.
  std::uint32_t raw(unsigned bits, std::uint32_t) {
    std::uint32_t decoded = 0;
    while (bits-- > 0) {
      range_ >>= 1;
      decoded *= 2;
      if (value_ >= range_) {
        value_ -= range_;
        ++decoded;
      }
      if (range_ < kLeastRange) refill();
    }
    return decoded;
  }

 private:
  void refill() {
    while (range_ < kLeastRange) {
      range_ <<= 8;
      value_ = (value_ << 8) | source_.next();
    }
  }

  std::uint32_t range_;
  std::uint32_t value_;  ///< How far into the range the input points.
  Source source_;
};

}  // namespace codec
}  // namespace tmd
