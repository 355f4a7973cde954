// SPDX-License-Identifier: Apache-2.0
#include "codec/structure_parse.hpp"

#include <algorithm>
#include <map>

namespace tmd::host {
namespace {

using codec::OperationKind;

constexpr std::size_t kMostPlaces = 96;
constexpr std::uint64_t kMostCells = 24'000'000;

// Prices in sixteenths of a bit, near what the adaptive models settle at.
constexpr std::uint32_t kHead = 11 * 16;     // kind and length of an operation
constexpr std::uint32_t kMove = 14 * 16;     // another place
constexpr std::uint32_t kExpectedByte = 12;  // a literal byte that equals the base's
constexpr std::uint32_t kFar = 0x3FFFFFFFU;

std::uint64_t string_at(ConstBytes bytes, std::size_t at) {
  return load_le32(bytes.data() + at) | std::uint64_t{load_le32(bytes.data() + at + 4)} << 32;
}
std::vector<std::pair<std::uint64_t, std::uint32_t>> sorted_strings(ConstBytes bytes) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> strings;
  for (std::size_t i = 0; i + 8 <= bytes.size(); ++i)
    strings.emplace_back(string_at(bytes, i), static_cast<std::uint32_t>(i));
  std::sort(strings.begin(), strings.end());
  return strings;
}

}  // namespace

StructureParser::StructureParser(ConstBytes base, ConstBytes target)
    : base_(base), target_(target), strings_(sorted_strings(base)), target_strings_(sorted_strings(target)) {}

bool StructureParser::agrees(const Place& place, std::uint32_t at) const {
  if (place.in_target) return at >= place.offset && target_[at - place.offset] == target_[at];
  const std::uint32_t source = at + place.offset;
  return source < base_.size() && base_[source] == target_[at];
}

std::vector<StructureParser::Place> StructureParser::places(std::uint32_t from, std::uint32_t to,
                                                            const std::vector<std::uint32_t>& hints) const {
  constexpr std::ptrdiff_t kMostOccurrences = 12;
  std::map<std::pair<bool, std::uint32_t>, std::uint32_t> votes;
  for (std::uint32_t i = from; i + 8 <= to; ++i) {
    const std::uint64_t string = string_at(target_, i);
    for (const bool in_target : {false, true}) {
      const auto& strings = in_target ? target_strings_ : strings_;
      const auto first = std::lower_bound(strings.begin(), strings.end(), std::make_pair(string, 0U));
      auto last = first;
      while (last != strings.end() && last->first == string && last - first <= kMostOccurrences) ++last;
      if (last - first > kMostOccurrences) continue;
      for (auto it = first; it != last; ++it) {
        if (!in_target) {
          ++votes[{false, it->second - i}];
        } else if (it->second < i) {
          ++votes[{true, i - it->second}];
        }
      }
    }
  }
  for (const std::uint32_t hint : hints) votes[{false, hint}] += 1U << 20;
  std::vector<std::pair<std::uint32_t, Place>> ranked;
  for (const auto& [place, count] : votes) ranked.push_back({count, Place{place.first, place.second}});
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  if (ranked.size() > kMostPlaces) ranked.resize(kMostPlaces);
  std::vector<Place> result;
  for (const auto& [count, place] : ranked) result.push_back(place);
  return result;
}

std::vector<PlannedOperation> StructureParser::parse(std::uint32_t from, std::uint32_t to,
                                                     const std::vector<std::uint32_t>& hints,
                                                     std::uint32_t first_shift,
                                                     std::uint32_t literal_price) const {
  std::vector<std::uint32_t> wanted = hints;
  wanted.push_back(first_shift);
  if (std::uint64_t{to - from} * 64 > kMostCells) return {};
  std::vector<Place> place = places(from, to, wanted);
  // The parse sets out from where the decoder is: that place is there, however many better ones there are.
  const auto is_first = [first_shift](const Place& p) { return !p.in_target && p.offset == first_shift; };
  if (std::none_of(place.begin(), place.end(), is_first)) place.back() = Place{false, first_shift};
  const std::size_t states = 2 * place.size();  // for each place: copying, and writing literals beside it
  const std::uint32_t length = to - from;
  std::vector<std::uint8_t> back(std::size_t{length} * states);
  std::vector<std::uint32_t> cost(states, kFar);
  std::vector<std::uint32_t> next(states);
  for (std::size_t p = 0; p < place.size(); ++p) {
    if (!place[p].in_target && place[p].offset == first_shift) cost[2 * p + 1] = 0;
  }
  for (std::uint32_t i = 0; i < length; ++i) {
    const auto cheapest = static_cast<std::size_t>(std::min_element(cost.begin(), cost.end()) - cost.begin());
    std::uint8_t* came = &back[std::size_t{i} * states];
    for (std::size_t p = 0; p < place.size(); ++p) {
      const std::size_t copying = 2 * p;
      const std::size_t writing = 2 * p + 1;
      const bool same = agrees(place[p], from + i);
      next[copying] = next[writing] = kFar;
      const auto offer = [&](std::size_t state, std::size_t previous, std::uint32_t price) {
        if (price < next[state]) {
          next[state] = price;
          came[state] = static_cast<std::uint8_t>(previous);
        }
      };
      if (same) {
        offer(copying, copying, cost[copying]);
        offer(copying, writing, cost[writing] + kHead);
        offer(copying, cheapest, cost[cheapest] + kHead + kMove);
      }
      if (place[p].in_target) continue;
      const std::uint32_t byte = same ? kExpectedByte : literal_price;
      offer(writing, writing, cost[writing] + byte);
      offer(writing, copying, cost[copying] + kHead + byte);
      offer(writing, cheapest, cost[cheapest] + kHead + kMove + byte);
    }
    std::swap(cost, next);
  }

  std::vector<PlannedOperation> operations;
  std::size_t state = static_cast<std::size_t>(std::min_element(cost.begin(), cost.end()) - cost.begin());
  std::vector<std::uint8_t> path(length);
  for (std::uint32_t i = length; i-- > 0;) {
    path[i] = static_cast<std::uint8_t>(state);
    state = back[std::size_t{i} * states + state];
  }
  for (std::uint32_t i = 0; i < length;) {
    std::uint32_t end = i;
    while (end < length && path[end] == path[i]) ++end;
    const Place& source = place[path[i] / 2];
    PlannedOperation planned;
    planned.operation.kind = path[i] % 2 != 0   ? OperationKind::literal
                             : source.in_target ? OperationKind::copy_target
                                                : OperationKind::copy_base;
    planned.operation.length = end - i;
    planned.operation.source = source.in_target ? from + i - source.offset : from + i + source.offset;
    operations.push_back(planned);
    i = end;
  }
  return operations;
}

}  // namespace tmd::host
