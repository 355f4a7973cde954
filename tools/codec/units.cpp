// SPDX-License-Identifier: Apache-2.0
#include "codec/units.hpp"

#include <algorithm>

namespace tmd::host {
namespace {

/// Shorter arrays are structure: an operation for each would cost more than it gives.
constexpr std::uint32_t kShortestRegion = 40;

void push(Unit unit, std::uint32_t piece, std::vector<Unit>& units) {
  while (unit.region < 0 && unit.range.length > piece + piece / 2) {
    Unit first = unit;
    first.range.length = piece;
    units.push_back(first);
    unit.range.target += piece;
    unit.range.length -= piece;
    if (unit.aligned) unit.range.base += piece;
  }
  if (unit.range.length > 0) units.push_back(unit);
}

/// target[from, to) by what it resembles.
void cut_by_alignment(const std::vector<Alignment>& alignments, std::uint32_t from, std::uint32_t to,
                      int region, std::uint32_t piece, std::vector<Unit>& units) {
  std::uint32_t at = from;
  for (const Alignment& alignment : alignments) {
    const std::uint32_t start = std::max(at, alignment.target);
    const std::uint32_t end = std::min(to, alignment.target + alignment.length);
    if (start >= end) continue;
    push(Unit{Alignment{at, start - at, 0}, false, region}, piece, units);
    push(Unit{Alignment{start, end - start, alignment.base + (start - alignment.target)}, true, region},
         piece, units);
    at = end;
  }
  push(Unit{Alignment{at, to - at, 0}, false, region}, piece, units);
}

/// How much of the region resembles anything by its strings.
std::uint32_t aligned_bytes(const std::vector<Alignment>& alignments, const ModelRegion& region) {
  std::uint32_t sum = 0;
  for (const Alignment& alignment : alignments) {
    const std::uint32_t start = std::max(region.offset, alignment.target);
    const std::uint32_t end = std::min(region.offset + region.length, alignment.target + alignment.length);
    if (start < end) sum += end - start;
  }
  return sum;
}

/// Bytes of the rows that both have, where one has more rows than the other: a class was added or dropped.
std::uint32_t common_rows(const ModelRegion& base, const ModelRegion& target) {
  const bool alike = base.type == target.type && base.shape.size() == target.shape.size() &&
                     !base.shape.empty() &&
                     std::equal(base.shape.begin() + 1, base.shape.end(), target.shape.begin() + 1);
  return alike ? std::min(base.length, target.length) : 0;
}

}  // namespace

std::vector<Unit> split_into_units(ConstBytes base, ConstBytes target,
                                   const std::vector<ModelRegion>& base_regions,
                                   const std::vector<ModelRegion>& target_regions,
                                   const std::vector<int>& partner, std::uint32_t piece) {
  const std::vector<Alignment> alignments = align_bytes(base, target);
  std::vector<Unit> units;
  std::uint32_t at = 0;
  for (std::size_t i = 0; i < target_regions.size(); ++i) {
    const ModelRegion& region = target_regions[i];
    if (region.length < kShortestRegion) continue;
    cut_by_alignment(alignments, at, region.offset, -1, piece, units);
    at = region.offset + region.length;
    const int other = partner[i];
    if (other >= 0 && base_regions[static_cast<std::size_t>(other)].length == region.length) {
      const std::uint32_t source = base_regions[static_cast<std::size_t>(other)].offset;
      units.push_back(Unit{Alignment{region.offset, region.length, source}, true, static_cast<int>(i)});
    } else if (const std::uint32_t common =
                   other >= 0 ? common_rows(base_regions[static_cast<std::size_t>(other)], region) : 0;
               common > 0 && aligned_bytes(alignments, region) < common / 2) {
      const std::uint32_t source = base_regions[static_cast<std::size_t>(other)].offset;
      units.push_back(Unit{Alignment{region.offset, common, source}, true, static_cast<int>(i)});
      if (common < region.length) {
        units.push_back(
            Unit{Alignment{region.offset + common, region.length - common, 0}, false, static_cast<int>(i)});
      }
    } else {
      cut_by_alignment(alignments, region.offset, at, static_cast<int>(i), piece, units);
    }
  }
  cut_by_alignment(alignments, at, static_cast<std::uint32_t>(target.size()), -1, piece, units);
  return units;
}

}  // namespace tmd::host
