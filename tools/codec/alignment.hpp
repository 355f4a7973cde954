// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "tmd/bytes.hpp"

namespace tmd::host {

/// A stretch of the target that looks like a stretch of the base of the same length, not necessarily exactly.
struct Alignment {
  std::uint32_t target = 0;
  std::uint32_t length = 0;
  std::uint32_t base = 0;
};

/// Finds which parts of the target resemble which parts of the base, by their longest common strings, in the
/// manner of bsdiff (Percival 2003): exact matches are extended as long as most bytes agree. The result is
/// sorted by target offset and does not overlap; what it leaves out resembles nothing.
std::vector<Alignment> align_bytes(ConstBytes base, ConstBytes target);

}  // namespace tmd::host
