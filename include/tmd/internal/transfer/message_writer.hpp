// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"

namespace tmd {
namespace transfer {

/// Puts the fields of a message into a buffer. What does not fit is left out, and `size` is 0 then: a message is sent
/// whole or not at all.
class MessageWriter {
 public:
  constexpr explicit MessageWriter(MutableBytes out) : out_(out) {}

  constexpr void u8(std::uint8_t value) {
    if (used_ < out_.size()) out_[used_] = value;
    ++used_;
  }
  constexpr void u16(std::uint16_t value) {
    u8(static_cast<std::uint8_t>(value));
    u8(static_cast<std::uint8_t>(value >> 8));
  }
  constexpr void u32(std::uint32_t value) {
    u16(static_cast<std::uint16_t>(value));
    u16(static_cast<std::uint16_t>(value >> 16));
  }
  /// Unsigned LEB128, as ByteReader reads it.
  constexpr void varint(std::uint32_t value) {
    for (; value >= 0x80U; value >>= 7) u8(static_cast<std::uint8_t>(value | 0x80U));
    u8(static_cast<std::uint8_t>(value));
  }
  constexpr void bytes(ConstBytes bytes) {
    for (const std::uint8_t byte : bytes) u8(byte);
  }

  constexpr std::size_t size() const { return used_ <= out_.size() ? used_ : 0; }
  constexpr std::size_t room() const { return used_ < out_.size() ? out_.size() - used_ : 0; }

 private:
  MutableBytes out_;
  std::size_t used_ = 0;
};

}  // namespace transfer
}  // namespace tmd
