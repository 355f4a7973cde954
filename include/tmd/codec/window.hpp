// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"

namespace tmd {
namespace codec {

/// A few bytes of base or target in RAM, so that flash is read in pieces and not byte by byte. What it holds
/// is only a cache: losing it changes nothing.
template <std::size_t kCapacity>
class Window {
 public:
  /// Makes [offset, offset + length) readable through `at`; length is at most kCapacity. `limit`: where the
  /// readable bytes end (offset + length is within it). `read(offset, bytes)` fetches.
  template <class Read>
  Status hold(std::uint32_t offset, std::uint32_t length, std::uint32_t limit, Read&& read) {
    if (offset >= start_ && offset - start_ <= size_ && length <= size_ - (offset - start_))
      return Status::ok;
    const std::uint32_t wanted =
        limit - offset < kCapacity ? limit - offset : static_cast<std::uint32_t>(kCapacity);
    size_ = 0;
    const Status status = read(offset, MutableBytes(data_, wanted));
    if (status != Status::ok) return status;
    start_ = offset;
    size_ = wanted;
    return Status::ok;
  }
  /// How many bytes from `offset` on are held.
  std::uint32_t held(std::uint32_t offset) const {
    return offset >= start_ && offset - start_ < size_ ? size_ - (offset - start_) : 0U;
  }
  const std::uint8_t* at(std::uint32_t offset) const { return data_ + (offset - start_); }

 private:
  std::uint32_t start_ = 0;
  std::uint32_t size_ = 0;
  std::uint8_t data_[kCapacity] = {};
};

}  // namespace codec
}  // namespace tmd
