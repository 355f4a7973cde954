// SPDX-License-Identifier: Apache-2.0
#include "codec/units.hpp"

#include <algorithm>
#include <array>

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

/// How often each value of a byte occurs.
using Counts = std::array<std::uint32_t, 256>;

/// Whether that is what chance makes of bytes that have all values alike: chi-squared of 255 degrees of freedom, up to
/// eight standard deviations above its mean. In 4,096 bytes what is not seen is worth less than half a percent.
bool is_even(const Counts& counts) {
  constexpr std::uint64_t kMost = 255 + 8 * 23;
  std::uint64_t sum = 0;
  std::uint64_t squares = 0;
  for (const std::uint64_t count : counts) {
    sum += count;
    squares += count * count;
  }
  return squares * 256 <= sum * (sum + kMost);
}

/// How often bytes are so far from those beside them.
Counts differences(ConstBytes bytes, ConstBytes beside) {
  Counts counts{};
  const std::size_t size = std::min(bytes.size(), beside.size());
  for (std::size_t i = 0; i < size; ++i) ++counts[static_cast<std::uint8_t>(bytes[i] - beside[i])];
  return counts;
}

bool is_noise(const Unit& unit, ConstBytes base, ConstBytes target) {
  constexpr std::size_t kBeginning = 4096;
  if (unit.aligned || unit.region >= 0 || unit.range.length < kLongestPiece / 2) return false;
  const ConstBytes bytes = target.slice(unit.range.target, unit.range.length);
  // The strides that are tried where no shape says others.
  for (std::size_t back = 1; back <= 128; back *= 2) {
    if (!is_even(differences(bytes.from(back), bytes.first(kBeginning)))) return false;
  }
  if (!is_even(differences(bytes, base.slice(unit.range.target, unit.range.length)))) return false;
  std::array<Counts, 4> values{};
  for (std::size_t i = 0; i < bytes.size(); ++i) ++values[i % 4][bytes[i]];
  return std::all_of(values.begin(), values.end(), is_even);
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

std::vector<Unit> join_noise(const std::vector<Unit>& units, ConstBytes base, ConstBytes target) {
  std::vector<Unit> joined;
  bool was_noise = false;
  for (const Unit& unit : units) {
    const bool noise = is_noise(unit, base, target);
    if (noise && was_noise) {
      joined.back().range.length += unit.range.length;
    } else {
      joined.push_back(unit);
    }
    was_noise = noise;
  }
  return joined;
}

}  // namespace tmd::host
