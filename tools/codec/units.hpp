// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "codec/alignment.hpp"
#include "codec/model_regions.hpp"

namespace tmd::host {

/// A stretch of the target that is planned at once.
struct Unit {
  Alignment range;
  bool aligned = false;
  int region = -1;  ///< Index of the target's region, or -1 between regions.
};

/// Cuts the target into regions of the model and what lies between, and those into aligned and unaligned
/// parts. `partner`: for each region of the target the one of the base that it continues, or -1.
std::vector<Unit> split_into_units(ConstBytes base, ConstBytes target,
                                   const std::vector<ModelRegion>& base_regions,
                                   const std::vector<ModelRegion>& target_regions,
                                   const std::vector<int>& partner);

}  // namespace tmd::host
