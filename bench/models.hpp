// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

namespace tmd::bench {

using Bytes = std::vector<std::uint8_t>;

/// Bytes distributed as int8 weights are: a bell around zero.
inline Bytes weights(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes) {
    int sum = 0;
    for (int i = 0; i < 4; ++i) sum += static_cast<int>(random() % 64) - 32;
    byte = static_cast<std::uint8_t>(sum);
  }
  return bytes;
}

/// Fine-tuned weights: most moved by a little. A patch of deltas.
inline Bytes fine_tuned(Bytes bytes, unsigned seed) {
  std::mt19937 random(seed);
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(byte + static_cast<int>(random() % 5) - 2);
  }
  return bytes;
}

/// A few places of some bytes differ. A patch of copies.
inline Bytes edited(Bytes bytes, unsigned seed) {
  std::mt19937 random(seed);
  for (int edit = 0; edit < 16 && !bytes.empty(); ++edit) {
    const std::size_t at = random() % bytes.size();
    for (std::size_t i = at; i < std::min(at + 16, bytes.size()); ++i) {
      bytes[i] = static_cast<std::uint8_t>(random());
    }
  }
  return bytes;
}

}  // namespace tmd::bench
