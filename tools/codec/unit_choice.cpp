// SPDX-License-Identifier: Apache-2.0
#include "codec/unit_choice.hpp"

#include <algorithm>
#include <utility>

#include "codec/within_window.hpp"

namespace tmd::host {
namespace {

using codec::OperationKind;

constexpr std::uint32_t kSample = 8192;
constexpr std::uint32_t kLongSample = 65536;
constexpr std::uint32_t kRowsOfSample = 12;
constexpr std::size_t kStridesLookedAt = 3;

constexpr std::uint32_t kLeast = Trials::kLeastSample;
constexpr UnitChoice::Breadth kBreadths[] = {{3, 3, 1, 1, 8, 1, 4, 1, 16, true, true, 3072, kRowsOfSample},
                                             {6, 3, 1, 2, 8, 1, 2, 2, 0, false, false, kLeast, 0},
                                             {12, 5, 4, 4, 20, 2, 2, 2, 0, false, false, kLeast, 0}};

constexpr std::uint64_t kShareOfBytes = 6;

std::vector<Operations> with_modes(const Operations& candidate, const std::vector<PredictionMode>& modes) {
  std::vector<Operations> candidates;
  for (const PredictionMode& mode : modes) candidates.push_back(with_mode(candidate, mode));
  return candidates;
}

}  // namespace

UnitChoice::UnitChoice(ConstBytes base, ConstBytes target, const std::vector<ModelRegion>& target_regions,
                       const Trials& trials, const EncodeOptions& options)
    : base_(base),
      target_(target),
      window_(options.window),
      proposals_(base, target, target_regions),
      trials_(trials),
      breadth_(kBreadths[static_cast<std::size_t>(options.effort)]) {}

Operations UnitChoice::cheapest(const Unit& unit, const AnyBody& body) {
  if (unit.aligned && is_unchanged(unit.range)) return copy(unit.range, body);
  Candidates candidates = within_window(window_, proposals_.of(unit, body.colocated()), body.produced());
  const bool has_zeros = std::any_of(candidates.begin(), candidates.end(), [](const Operations& candidate) {
    return candidate.front().operation.sparse;
  });
  const std::uint32_t rows = std::max(kSample, kRowsOfSample * proposals_.row_above(unit));
  const auto keep = [&](std::size_t kept, std::uint32_t sample, std::uint64_t worth = kAnyPrice) {
    candidates = cheap_ones(std::move(candidates), body, kept, sample, worth);
  };
  keep(breadth_.forms, trials_.sample(candidates, 1, kSample));
  const PredictionMode mode = breadth_.strides_first ? likely_mode(candidates.front(), unit, body, rows / 2)
                                                     : best_mode(candidates.front(), unit, body, rows / 2);
  if (mode.stride != 0) {
    for (std::size_t i = candidates.size(); i-- > 0;) candidates.push_back(with_mode(candidates[i], mode));
    keep(unit.range.length > kSample ? breadth_.whole : breadth_.whole_if_short,
         trials_.sample(candidates, 1, rows, breadth_.least));
  }
  if (candidates.size() > 1) keep(breadth_.tuned, trials_.sample(candidates, 1, ~0U), breadth_.nearly);
  const bool retries_zeros = has_zeros && breadth_.retries_zeros;
  if (retries_zeros) retry_zeros(candidates.front(), body);
  for (unsigned round = 0; round < breadth_.rounds; ++round) {
    for (Operations& candidate : candidates) tune(candidate, unit, body);
  }
  if (retries_zeros) retry_zeros(candidates.front(), body);  // Tuning may have changed what they are worth.
  if (candidates.size() > 1) keep(1, trials_.sample(candidates, 1, ~0U));
  mix_literals(candidates.front(), body);
  return std::move(candidates.front());
}

/// Of bytes that the base has; some of them may be gone.
Operations UnitChoice::copy(const Alignment& range, const AnyBody& body) const {
  Operations copy = {simple_operation(OperationKind::copy_base, range.length, range.base)};
  if (reads_within(window_, copy, body.produced())) return copy;
  Candidates candidates = within_window(window_, {std::move(copy)}, body.produced());
  if (candidates.size() > 1) candidates = cheap_ones(std::move(candidates), body, 1, ~0U);
  return std::move(candidates.front());
}

/// The mode that suits the best way; it will suit the others.
PredictionMode UnitChoice::best_mode(const Operations& candidate, const Unit& unit, const AnyBody& body,
                                     std::uint32_t wanted) const {
  std::vector<PredictionMode> modes = proposals_.prediction_modes(unit);
  modes.insert(modes.begin(), PredictionMode());
  const Candidates tried = with_modes(candidate, modes);
  const std::uint32_t sample = trials_.sample(tried, breadth_.mode_share, wanted);
  return modes[trials_.cheapest_in_rounds(body, tried, sample, kLongSample)];
}

/// The same in less time. Rows above are left to tuning, whose samples are long enough for them.
PredictionMode UnitChoice::likely_mode(const Operations& candidate, const Unit& unit, const AnyBody& body,
                                       std::uint32_t wanted) const {
  std::vector<PredictionMode> strides{PredictionMode()};
  for (const std::uint32_t stride : proposals_.likely_strides(unit)) strides.push_back({stride});
  const Candidates first = with_modes(candidate, strides);
  const std::uint32_t glance = trials_.sample(first, breadth_.mode_share, wanted);
  std::vector<PredictionMode> modes{PredictionMode()};
  for (const std::size_t i : trials_.cheapest_few(body, first, glance, kStridesLookedAt)) {
    const std::uint32_t stride = strides[i].stride;
    if (stride != 0) modes.insert(modes.end(), {{stride, false}, {stride, true}});
  }
  const Candidates then = with_modes(candidate, modes);
  const std::uint32_t sample = trials_.sample(then, breadth_.mode_share, wanted, breadth_.least);
  return modes[trials_.cheapest(body, then, sample)];
}

/// The sample that decided is short, and the zeros of pruned weights may lie behind it.
void UnitChoice::retry_zeros(Operations& candidate, const AnyBody& body) const {
  codec::Operation other = candidate.front().operation;
  if (candidate.size() != 1 || !codec::may(other.kind, codec::kSparse)) return;
  other.sparse = !other.sparse;
  take_best(candidate, {other}, body);
}

/// Finds how the elements of a single operation are coded best.
void UnitChoice::tune(Operations& candidate, const Unit& unit, const AnyBody& body) const {
  if (candidate.size() != 1 || candidate.front().operation.length < kWorthTuning) return;
  const codec::Operation& tuned = candidate.front().operation;
  take_best(candidate, Proposals::flags(tuned), body);
  if (codec::may(tuned.kind, codec::kPredicted))
    take_best(candidate, proposals_.filter_shapes(unit, tuned), body);
  if (tuned.predicted) take_best(candidate, Proposals::filter_speeds(tuned), body);
}

void UnitChoice::take_best(Operations& candidate, const std::vector<codec::Operation>& variants,
                           const AnyBody& body) const {
  Candidates tried(variants.size() + 1, candidate);
  for (std::size_t i = 0; i < variants.size(); ++i) tried[i + 1].front().operation = variants[i];
  std::uint32_t least = breadth_.least;
  for (const codec::Operation& variant : variants)
    least = std::max(least, variant.above * breadth_.least_rows);
  const std::uint32_t sample = trials_.sample(tried, breadth_.tuning_share, kLongSample, least);
  candidate.front().operation = tried[trials_.cheapest(body, tried, sample)].front().operation;
}

/// Where nothing is better than literals, what they say is new, and the percent that mixing may save is all that
/// there is to gain.
void UnitChoice::mix_literals(Operations& chosen, const AnyBody& body) const {
  const codec::Operation& literal = chosen.front().operation;
  if (chosen.size() != 1 || literal.kind != OperationKind::literal || !literal.averaged) return;
  Candidates tried(2, chosen);
  tried[1].front().operation.averaged = false;
  const Trials by_size(base_, target_, Effort::small);
  chosen = tried[by_size.cheapest(body, tried, trials_.sample(tried, 2, kLongSample))];
}

/// The cheapest few candidates, cheapest first, judged by a sample of what they produce.
/// `worth`: none that is dearer than the cheapest by more than that share, in 256ths.
UnitChoice::Candidates UnitChoice::cheap_ones(Candidates candidates, const AnyBody& body, std::size_t kept,
                                              std::uint32_t sample, std::uint64_t worth) const {
  const std::vector<std::uint64_t> costs = trials_.prices(body, candidates, sample);
  std::vector<std::pair<std::uint64_t, std::size_t>> ranked;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    const bool is_dearer = candidates[i].size() > 1 && costs[i] != kImpossible;
    ranked.emplace_back(costs[i] + (is_dearer ? costs[i] / 256 * breadth_.pieces_dearer : 0), i);
  }
  std::sort(ranked.begin(), ranked.end());
  Candidates best;
  // Those in pieces are much alike: they may not crowd out what goes another way.
  std::size_t pieces_left = std::max<std::size_t>(1, kept / 2);
  for (std::size_t i = 0; i < ranked.size() && best.size() < kept; ++i) {
    if (ranked[i].first - ranked[0].first > ranked[0].first / 256 * worth) break;
    Operations& candidate = candidates[ranked[i].second];
    if (candidate.size() > 1 && pieces_left-- == 0) {
      ++pieces_left;
      continue;
    }
    best.push_back(std::move(candidate));
  }
  return best;
}

PlannedOperation UnitChoice::cheapest_bytes(const PlannedOperation& literal, const AnyBody& body) const {
  const std::uint32_t length = literal.operation.length;
  Candidates ways{{literal}};
  for (const OperationKind kind : {OperationKind::delta8, OperationKind::weights8, OperationKind::delta32}) {
    PlannedOperation other = simple_operation(kind, length, literal.operation.source);
    if (codec::reads_base(other.operation) &&
        !fits(other.operation.source, length, static_cast<std::uint32_t>(base_.size())))
      continue;
    if (length % codec::element_size(kind) == 0) ways.push_back({std::move(other)});
    if (length >= kWorthTuning && codec::may(kind, codec::kAveraged)) {
      ways.push_back(ways.back());
      ways.back().front().operation.averaged = true;
    }
  }
  return ways[trials_.cheapest(body, ways, trials_.sample(ways, kShareOfBytes, kSample))].front();
}

}  // namespace tmd::host
