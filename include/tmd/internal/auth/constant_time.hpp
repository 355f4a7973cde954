// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"

namespace tmd {

/// Compares two values of which one is secret (a MAC, a key). The time it takes depends on the lengths alone,
/// never on where the bytes differ, so that a sender cannot find a MAC byte by byte with a stopwatch.
/// Lengths are not secret: unequal ones answer false at once.
[[nodiscard]] inline bool equal_in_constant_time(ConstBytes a, ConstBytes b) {
  if (a.size() != b.size()) return false;
  // volatile: without it a compiler may see that the answer is known at the first difference and leave the
  // loop.
  volatile std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

/// Overwrites a secret that is no longer needed; `volatile` keeps the compiler from leaving the writes out.
inline void wipe(MutableBytes secret) {
  volatile std::uint8_t* bytes = secret.data();
  for (std::size_t i = 0; i < secret.size(); ++i) bytes[i] = 0;
}

}  // namespace tmd
