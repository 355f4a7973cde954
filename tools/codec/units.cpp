// SPDX-License-Identifier: Apache-2.0
#include "codec/units.hpp"

#include <algorithm>

namespace tmd::host {
namespace {

/// Shorter arrays are structure: an operation for each would cost more than it gives.
constexpr std::uint32_t kShortestRegion = 40;

/// target[from, to) by what it resembles.
void cut_by_alignment(const std::vector<Alignment>& alignments, std::uint32_t from, std::uint32_t to,
                      int region, std::vector<Unit>& units) {
  std::uint32_t at = from;
  for (const Alignment& alignment : alignments) {
    const std::uint32_t start = std::max(at, alignment.target);
    const std::uint32_t end = std::min(to, alignment.target + alignment.length);
    if (start >= end) continue;
    if (start > at) units.push_back(Unit{Alignment{at, start - at, 0}, false, region});
    units.push_back(
        Unit{Alignment{start, end - start, alignment.base + (start - alignment.target)}, true, region});
    at = end;
  }
  if (at < to) units.push_back(Unit{Alignment{at, to - at, 0}, false, region});
}

}  // namespace

std::vector<Unit> split_into_units(ConstBytes base, ConstBytes target,
                                   const std::vector<ModelRegion>& base_regions,
                                   const std::vector<ModelRegion>& target_regions,
                                   const std::vector<int>& partner) {
  const std::vector<Alignment> alignments = align_bytes(base, target);
  std::vector<Unit> units;
  std::uint32_t at = 0;
  for (std::size_t i = 0; i < target_regions.size(); ++i) {
    const ModelRegion& region = target_regions[i];
    if (region.length < kShortestRegion) continue;
    cut_by_alignment(alignments, at, region.offset, -1, units);
    at = region.offset + region.length;
    const int other = partner[i];
    if (other >= 0 && base_regions[static_cast<std::size_t>(other)].length == region.length) {
      const std::uint32_t source = base_regions[static_cast<std::size_t>(other)].offset;
      units.push_back(Unit{Alignment{region.offset, region.length, source}, true, static_cast<int>(i)});
    } else {
      cut_by_alignment(alignments, region.offset, at, static_cast<int>(i), units);
    }
  }
  cut_by_alignment(alignments, at, static_cast<std::uint32_t>(target.size()), -1, units);
  return units;
}

}  // namespace tmd::host
