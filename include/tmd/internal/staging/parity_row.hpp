// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"

namespace tmd {
namespace staging {

/// One step of the generator of 23 bits that the LoRa Alliance's TS004 (Fragmented Data Block Transport) takes for its
/// parity matrix.
constexpr std::uint32_t prbs23(std::uint32_t x) {
  return x >> 1 | ((x ^ x >> 5) & 1U) << 22;
}

/// Marks in `row`, one bit each, the fragments that coded fragment `number` (from 1) of `count` is the XOR of: about
/// half of them. `row`: one bit a fragment, rounded up to bytes.
constexpr void fill_parity_row(std::uint32_t number, std::uint32_t count, MutableBytes row) {
  for (std::uint8_t& bits : row) bits = 0;
  const bool is_power_of_two = (count & (count - 1)) == 0;
  const std::uint32_t modulus = count + (is_power_of_two ? 1U : 0U);
  std::uint32_t x = 1 + 1001 * number;
  for (std::uint32_t drawn = 0; drawn < count / 2; ++drawn) {
    std::uint32_t index = count;
    while (index >= count) {
      x = prbs23(x);
      index = x % modulus;
    }
    row[index / 8] = static_cast<std::uint8_t>(row[index / 8] | 1U << index % 8);
  }
}

}  // namespace staging
}  // namespace tmd
