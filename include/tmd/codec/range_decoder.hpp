// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"

namespace tmd {
namespace codec {

/// The interval of the binary arithmetic coder: `low` and `high` are its inclusive ends, and each bit keeps
/// one of its two parts. No carries: a byte is settled as soon as both ends agree on it.
struct Interval {
  std::uint32_t low = 0;
  std::uint32_t high = 0xFFFFFFFFU;

  /// The last value of the part that stands for a 1, where a 1 has `probability` of 65,536.
  constexpr std::uint32_t split(std::uint32_t probability) const {
    const std::uint32_t range = high - low;
    return low + (range >> 16) * probability + (((range & 0xFFFFU) * probability) >> 16);
  }
  constexpr void keep(unsigned bit, std::uint32_t middle) {
    if (bit != 0) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  constexpr bool settled() const { return ((low ^ high) >> 24) == 0; }
  constexpr void shift() {
    low <<= 8;
    high = (high << 8) | 0xFFU;
  }
};

/// Patch bytes that were given and not yet decoded. Small: it bridges the distance between chunks of any size
/// and steps that must find all their input at once.
template <std::size_t kCapacity>
class InputQueue {
 public:
  std::size_t sink(ConstBytes bytes) {
    if (begin_ > 0) {
      for (std::size_t i = begin_; i < end_; ++i) data_[i - begin_] = data_[i];
      end_ = static_cast<std::uint8_t>(end_ - begin_);
      begin_ = 0;
    }
    std::size_t taken = 0;
    while (taken < bytes.size() && end_ < kCapacity) data_[end_++] = bytes[taken++];
    return taken;
  }
  std::size_t size() const { return static_cast<std::size_t>(end_ - begin_); }
  /// The next byte; zeros follow the last one.
  std::uint8_t next() { return begin_ < end_ ? data_[begin_++] : std::uint8_t{0}; }

 private:
  static_assert(kCapacity < 256, "positions are single bytes");
  std::uint8_t data_[kCapacity] = {};
  std::uint8_t begin_ = 0;
  std::uint8_t end_ = 0;
};

/// Turns patch bytes back into bits. A step asks for bits only when its worst case is queued, or the input
/// ended.
template <std::size_t kCapacity>
class RangeDecoder {
 public:
  static constexpr bool kDecodes = true;

  InputQueue<kCapacity>& queue() { return queue_; }

  void start() {
    for (unsigned i = 0; i < 4; ++i) value_ = (value_ << 8) | queue_.next();
  }
  /// Decodes one bit that is 1 with `probability` of 65,536; the second argument is what an encoder would
  /// write.
  unsigned bit(std::uint32_t probability, unsigned) {
    const std::uint32_t middle = interval_.split(probability);
    const unsigned decoded = value_ <= middle ? 1U : 0U;
    interval_.keep(decoded, middle);
    while (interval_.settled()) {
      interval_.shift();
      value_ = (value_ << 8) | queue_.next();
    }
    return decoded;
  }

 private:
  Interval interval_;
  std::uint32_t value_ = 0;
  InputQueue<kCapacity> queue_;
};

}  // namespace codec
}  // namespace tmd
