// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>

#include "base/bytes.hpp"

namespace tmd::test {

using host::Bytes;
using host::view;

/// Bytes in which nothing is to be found; the same ones on every machine.
inline Bytes random_bytes(std::mt19937& random, std::size_t size) {
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}
inline Bytes random_bytes(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  return random_bytes(random, size);
}

}  // namespace tmd::test
