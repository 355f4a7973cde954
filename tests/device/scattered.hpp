// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/bytes.hpp"
#include "support/format1_patch.hpp"

namespace tmd::test {

/// Rewrites every second kilobyte, in chunks.
struct Scattered {
  Bytes base = random_bytes(40000, 1);
  Bytes target = base;
  Bytes patch;

  Scattered() {
    std::vector<Chunk> chunks;
    for (std::size_t at = 1024; at + 1024 < target.size(); at += 2048) {
      const Bytes fresh = random_bytes(1000, static_cast<unsigned>(at));
      std::copy(fresh.begin(), fresh.end(), target.begin() + static_cast<std::ptrdiff_t>(at));
      chunks.push_back({static_cast<std::uint32_t>(at), 0, fresh});
    }
    patch = format1_patch(base, target, chunks);
  }
};

}  // namespace tmd::test
