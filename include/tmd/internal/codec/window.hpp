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
  /// Makes [offset, offset + length) of the base, or of the target as far as it was put, readable through `at`;
  /// length is at most kCapacity. `limit`: where the readable bytes end (offset + length is within it).
  template <class Io>
  Status cache(Io& io, bool of_target, std::uint32_t offset, std::uint32_t length, std::uint32_t limit) {
    if (of_target == of_target_ && offset - start_ <= size_ && length <= size_ - (offset - start_))
      return Status::ok;
    size_ = 0;
    of_target_ = of_target;
    start_ = offset;
    const MutableBytes room(data_, limit - offset < kCapacity ? limit - offset : kCapacity);
    const Status status = of_target ? io.read_target(offset, room) : io.read_base(offset, room);
    if (status == Status::ok) size_ = static_cast<std::uint32_t>(room.size());
    return status;
  }
  /// How many bytes from `offset` on are held, where it was asked for.
  std::uint32_t cached(std::uint32_t offset) const { return size_ - (offset - start_); }
  const std::uint8_t* at(std::uint32_t offset) const { return data_ + (offset - start_); }

 private:
  std::uint32_t start_;
  std::uint32_t size_;
  bool of_target_;
  std::uint8_t data_[kCapacity];
};

}  // namespace codec
}  // namespace tmd
