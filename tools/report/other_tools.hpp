// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tmd/bytes.hpp"

namespace tmd::host::report {

/// What another tool makes of the same step.
struct OtherSize {
  std::string tool;
  std::uint64_t bytes = 0;
};

/// Runs those of bsdiff, xdelta3, zstd and xz that are installed, in a temporary folder; one that fails is left out.
std::vector<OtherSize> sizes_by_other_tools(ConstBytes base, ConstBytes target);

}  // namespace tmd::host::report
