// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
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

/// A file that no model explains may hold many arrays of weights, each of which wants a way of its own: what is
/// longer is planned in pieces of so many bytes.
constexpr std::uint32_t kLongestPiece = 16384;

/// Cuts the target into regions of the model and what lies between, and those into aligned and unaligned
/// parts. `partner`: for each region of the target the one of the base that it continues, or -1. `piece`: bytes of the
/// pieces that what no model explains is cut into.
std::vector<Unit> split_into_units(ConstBytes base, ConstBytes target,
                                   const std::vector<ModelRegion>& base_regions,
                                   const std::vector<ModelRegion>& target_regions,
                                   const std::vector<int>& partner, std::uint32_t piece = kLongestPiece);

/// Makes one unit of pieces side by side that are noise: their bytes have all values alike, wherever in a word they
/// stand, and so have the differences from the base's at the same place and from bytes before. One way to code them is
/// as good as another, and to choose it once is enough.
std::vector<Unit> join_noise(const std::vector<Unit>& units, ConstBytes base, ConstBytes target);

}  // namespace tmd::host
