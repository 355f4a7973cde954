// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"

namespace tmd {
namespace transfer {

/// The patch bytes that have come and that the updater has not taken yet, in any order, within `kSize` bytes from the
/// first one that it has not: a ring, with one bit a byte that says whether it is there. Pieces may overlap and repeat.
template <std::uint32_t kSize>
class ReceiveWindow {
  static_assert(kSize >= 32 && kSize <= 32768 && (kSize & (kSize - 1)) == 0,
                "a window has 32, 64, 128 … 32,768 bytes");

 public:
  /// Empty, and begins at this patch offset.
  void restart(std::uint32_t offset) {
    begin_ = end_ = offset;
    for (std::uint8_t& bits : present_) bits = 0;
  }

  /// Keeps what of these bytes lies in the window and before `limit`, the patch's length.
  void put(std::uint32_t offset, ConstBytes bytes, std::uint32_t limit) {
    for (const std::uint8_t byte : bytes) {
      if (offset >= limit) break;
      if (offset >= end_ && offset - begin_ < kSize) {
        bytes_[offset % kSize] = byte;
        present_[offset % kSize / 8] =
            static_cast<std::uint8_t>(present_[offset % kSize / 8] | mask_of(offset));
      }
      ++offset;
    }
    while (end_ - begin_ < kSize && has(end_)) ++end_;
  }

  /// What the updater is to get next: as much as lies in one row in memory.
  ConstBytes front() const {
    const std::uint32_t at = begin_ % kSize;
    return ConstBytes(bytes_ + at, kSize - at).first(end_ - begin_);
  }
  /// The updater took so many of them.
  void take(std::size_t count) {
    for (; count != 0; --count, ++begin_) {
      std::uint8_t& bits = present_[begin_ % kSize / 8];
      bits = static_cast<std::uint8_t>(bits & ~mask_of(begin_));
    }
  }

  /// The first byte that is missing.
  std::uint32_t end() const { return end_; }
  /// So many bytes from `end` on have their place.
  std::uint32_t room() const { return kSize - (end_ - begin_); }
  /// So many bytes are missing from `end` on before one that is there; 0: none is.
  std::uint32_t gap() const {
    for (std::uint32_t at = end_; at - begin_ < kSize; ++at) {
      if (has(at)) return at - end_;
    }
    return 0;
  }

 private:
  static constexpr std::uint8_t mask_of(std::uint32_t offset) {
    return static_cast<std::uint8_t>(1U << (offset % 8));
  }
  bool has(std::uint32_t offset) const { return (present_[offset % kSize / 8] & mask_of(offset)) != 0; }

  std::uint32_t begin_ = 0;  ///< Patch offset: what lies before it the updater has.
  std::uint32_t end_ = 0;    ///< Patch offset: what lies between is there.
  std::uint8_t present_[kSize / 8] = {};
  std::uint8_t bytes_[kSize] = {};
};

}  // namespace transfer
}  // namespace tmd
