// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "codec/encoded_body.hpp"
#include "codec/operation_player.hpp"
#include "codec/units.hpp"

namespace tmd::host {

/// A named stretch of the target, for explanations.
struct NamedRange {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  std::string name;
};

struct Plan {
  std::vector<PlannedOperation> operations;
  std::vector<NamedRange> names;  ///< Sorted by offset.
};

/// Chooses the operations that turn `base` into `target`, by what each would cost a decoder of so many counters.
/// `piece`: as for split_into_units.
Plan make_plan(ConstBytes base, ConstBytes target, std::uint32_t counter_count, const EncodeOptions& options,
               std::uint32_t piece = kLongestPiece);

}  // namespace tmd::host
