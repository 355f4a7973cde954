// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/digest/digest.hpp"

namespace tmd {

/// CRC-32 as in IEEE 802.3, zlib and PNG: reflected polynomial 0xEDB88320, initial value and final XOR all
/// ones. Guards against accidents only; anyone can make another model with the same CRC.
///
///     Crc32 crc;
///     crc.update(part_one);
///     crc.update(part_two);
///     std::uint32_t value = crc.value();
class Crc32 {
 public:
  constexpr void update(ConstBytes bytes) { value_ = of(bytes, value_); }
  constexpr std::uint32_t value() const { return value_; }

  /// At once; `before` is the CRC of what stands before these bytes.
  static constexpr std::uint32_t of(ConstBytes bytes, std::uint32_t before = 0) {
    return extended(before, bytes.data(), bytes.size());
  }

 private:
  // A nibble at a time: 64 bytes of table instead of 1,024, at about twice the instructions of the large one.
  static inline constexpr std::uint32_t kTable[16] = {
      0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
      0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};

  static constexpr std::uint32_t extended(std::uint32_t crc, const std::uint8_t* data, std::size_t size) {
    if (size == 0) return crc;
    const std::uint8_t* const end = data + size;
    std::uint32_t state = ~crc;
    do {
      state ^= *data++;
      state = (state >> 4) ^ kTable[state & 0x0FU];
      state = (state >> 4) ^ kTable[state & 0x0FU];
    } while (data != end);
    return ~state;
  }

  std::uint32_t value_ = 0;
};

}  // namespace tmd
