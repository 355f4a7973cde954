// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"

namespace tmd {

/// CRC-16/IBM-3740 (also called CCITT-FALSE): polynomial 0x1021, initial value all ones, no reflection, no final XOR;
/// of the ASCII digits 123456789 it is 0x29B1. `before`: the CRC of what stands before these bytes.
constexpr std::uint16_t crc16_of(ConstBytes bytes, std::uint16_t before = 0xFFFF) {
  unsigned crc = before;
  for (const std::uint8_t byte : bytes) {
    // Eight steps of the polynomial at once, by shifts: no table.
    unsigned x = (crc >> 8 ^ byte) & 0xFFU;
    x ^= x >> 4;
    crc = (crc << 8 ^ x << 12 ^ x << 5 ^ x) & 0xFFFFU;
  }
  return static_cast<std::uint16_t>(crc);
}

}  // namespace tmd
