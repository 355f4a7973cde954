// SPDX-License-Identifier: Apache-2.0
#include "codec/structure_parse.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tmd::host {
namespace {

using codec::OperationKind;

constexpr std::size_t kMostStates = 64;
constexpr std::size_t kMostStatesIfLarge = 32;
constexpr std::size_t kMostStatesIfQuick = 8;
constexpr std::uint64_t kWorthless = 48 * 65536;  // what is so much dearer than the best will not win
constexpr std::uint32_t kLongMatch = 192;         // a copy that goes on so far is taken
constexpr std::uint32_t kNone = ~0U;
constexpr std::size_t kLargeFile = std::size_t{8} << 20;

/// Operations that led to a state, last one first.
struct Step {
  std::uint32_t before = kNone;  ///< Index of the step before.
  std::uint32_t start = 0;
  OperationKind kind = OperationKind::literal;
  std::uint32_t place = 0;  ///< Shift, or distance in the target.
};

struct State {
  std::uint64_t cost = 0;
  Standing standing;
  std::uint32_t start = 0;   ///< Where its operation began.
  std::uint32_t step = 0;    ///< Of its operation, once anything follows it; else kNone.
  std::uint32_t before = 0;  ///< Step of the operation before.
};

}  // namespace

class StructureParser::Search {
 public:
  Search(const StructureParser& parser, const StructurePrices& prices,
         const std::vector<std::uint32_t>& hints)
      : parser_(parser), base_(parser.base_), target_(parser.target_), prices_(prices), hints_(hints) {}

  std::vector<PlannedOperation> run(std::uint32_t from, std::uint32_t to, const Standing& standing,
                                    std::uint32_t then) {
    most_states_ = !parser_.thorough_          ? kMostStatesIfQuick
                   : to - from > kLargeStretch ? kMostStatesIfLarge
                                               : kMostStates;
    State first;
    first.standing = standing;
    first.start = from;
    first.step = first.before = kNone;
    first_ = true;
    states_ = {first};
    for (std::uint32_t i = from; i < to;) {
      const std::uint32_t jump = first_ ? 0 : take_long_match(i, to);
      if (jump > 0) {
        i += jump;
        continue;
      }
      next_.clear();
      limit_ = states_.front().cost + kWorthless;
      for (State& state : states_) turn(state, i);
      for (std::size_t s = 0; s < std::min<std::size_t>(states_.size(), 2); ++s) move(states_[s], i);
      for (const State& state : states_) go_on(state, i);
      prune();
      first_ = false;
      ++i;
    }
    for (State& state : states_) {
      if (then != state.standing.shift) state.cost += prices_.place(false, then - state.standing.shift);
    }
    const auto best = std::min_element(states_.begin(), states_.end(),
                                       [](const State& a, const State& b) { return a.cost < b.cost; });
    return operations(*best, to);
  }

 private:
  bool base_agrees(std::uint32_t shift, std::uint32_t at) const {
    return at < target_.size() && at + shift < base_.size() && base_[at + shift] == target_[at];
  }
  bool target_agrees(std::uint32_t distance, std::uint32_t at) const {
    return distance != 0 && distance <= at && target_[at - distance] == target_[at];
  }
  bool agrees(const Standing& standing, std::uint32_t at) const {
    return standing.kind == OperationKind::copy_base     ? base_agrees(standing.shift, at)
           : standing.kind == OperationKind::copy_target ? target_agrees(standing.distance, at)
                                                         : false;
  }
  std::uint32_t literal_price(std::uint32_t shift, std::uint32_t at) const {
    if (at + shift >= base_.size()) return prices_.unguided_byte(at, target_[at]);
    const bool after = at > 0 && base_agrees(shift, at - 1);
    return base_agrees(shift, at) ? prices_.expected_byte(after) : prices_.other_byte(at, target_[at], after);
  }

  /// The state's operation grows by a byte.
  void go_on(State state, std::uint32_t at) {
    // The first state stands for an operation that was planned before; only a copy from the base may grow.
    if (first_ && state.standing.kind != OperationKind::copy_base) return;
    if (state.standing.kind == OperationKind::literal) {
      state.cost += literal_price(state.standing.shift, at);
    } else if (!agrees(state.standing, at)) {
      return;
    }
    if (!first_) {
      state.cost +=
          static_cast<std::uint64_t>(std::int64_t{prices_.growth(state.standing.kind, at + 1 - state.start)});
    }
    next_.push_back(state);
  }
  /// Another operation begins at `at`.
  void begin(State& from, std::uint32_t at, OperationKind kind, std::uint32_t place) {
    State state;
    state.standing = from.standing;
    state.standing.kind = kind;
    state.start = at;
    state.step = kNone;
    state.cost = from.cost + prices_.kind(from.standing.kind, kind) +
                 static_cast<std::uint64_t>(std::int64_t{prices_.growth(kind, 1)});
    if (kind == OperationKind::copy_target) {
      if (!target_agrees(place, at)) return;
      state.cost += prices_.place(true, from.standing.distance - place);
      state.standing.distance = place;
    } else {
      if (kind == OperationKind::copy_base && !base_agrees(place, at)) return;
      state.cost += prices_.place(false, place - from.standing.shift);
      state.standing.shift = place;
      if (kind == OperationKind::literal) state.cost += literal_price(place, at);
    }
    if (state.cost > limit_) return;
    if (!(first_ && at == from.start)) {
      if (from.step == kNone) {
        from.step = static_cast<std::uint32_t>(steps_.size());
        steps_.push_back(Step{
            from.before, from.start, from.standing.kind,
            from.standing.kind == OperationKind::copy_target ? from.standing.distance : from.standing.shift});
      }
      state.before = from.step;
    } else {
      state.before = kNone;
    }
    next_.push_back(state);
  }
  /// The other operations at the places where the decoder is anyway.
  void turn(State& state, std::uint32_t at) {
    const Standing standing = state.standing;
    if (standing.kind != OperationKind::literal || first_)
      begin(state, at, OperationKind::literal, standing.shift);
    if ((standing.kind != OperationKind::copy_base || first_) && base_agrees(standing.shift, at))
      begin(state, at, OperationKind::copy_base, standing.shift);
    if ((standing.kind != OperationKind::copy_target || first_) && target_agrees(standing.distance, at))
      begin(state, at, OperationKind::copy_target, standing.distance);
  }
  /// Operations at other places.
  void move(State& state, std::uint32_t at) {
    const Standing standing = state.standing;
    find(at, standing);
    for (const std::uint32_t shift : shifts_) {
      if (shift != standing.shift) begin(state, at, OperationKind::copy_base, shift);
    }
    for (const std::uint32_t distance : distances_) {
      if (distance != standing.distance) begin(state, at, OperationKind::copy_target, distance);
    }
    for (const std::uint32_t shift : hints_) {
      if (shift != standing.shift && at + shift < base_.size())
        begin(state, at, OperationKind::literal, shift);
    }
  }
  /// Places that agree with the next bytes.
  void find(std::uint32_t at, const Standing& standing) {
    shifts_.clear();
    distances_.clear();
    for (const std::uint32_t shift : hints_) {
      if (base_agrees(shift, at) && base_agrees(shift, at + 1)) shifts_.push_back(shift);
    }
    const auto size = static_cast<std::uint32_t>(target_.size());
    const std::uint64_t beside = at + standing.shift;
    for (const StringIndex* index : {&parser_.long_in_base_, &parser_.short_in_base_}) {
      if (at + index->width() > size) continue;
      found_.clear();
      index->nearest(target_.data() + at, beside, index->width() == 8 ? 12 : 4, kNone, found_);
      for (const std::uint32_t place : found_) shifts_.push_back(place - at);
    }
    for (const StringIndex* index : {&parser_.long_in_target_, &parser_.short_in_target_}) {
      if (at + index->width() > size) continue;
      found_.clear();
      index->nearest(target_.data() + at, at, 12, at, found_);
      for (const std::uint32_t place : found_) distances_.push_back(at - place);
    }
    for (std::vector<std::uint32_t>* places : {&shifts_, &distances_}) {
      std::sort(places->begin(), places->end());
      places->erase(std::unique(places->begin(), places->end()), places->end());
    }
  }
  /// Takes the cheapest copy that goes on for long, to its end; 0 where there is none.
  std::uint32_t take_long_match(std::uint32_t at, std::uint32_t to) {
    for (State& state : states_) {
      std::uint32_t length = 0;
      while (at + length < to && agrees(state.standing, at + length)) ++length;
      if (length < kLongMatch) continue;
      State only = state;
      states_ = {only};
      return length;
    }
    return 0;
  }
  /// Keeps the cheapest states, one for each standing.
  void prune() {
    std::uint64_t lowest = next_.front().cost;
    for (const State& state : next_) lowest = std::min(lowest, state.cost);
    ranked_.clear();
    for (std::uint32_t n = 0; n < next_.size(); ++n) {
      if (next_[n].cost <= lowest + kWorthless) ranked_.push_back((next_[n].cost - lowest) << 32 | n);
    }
    const std::size_t most_ranked = most_states_ + most_states_ / 2;  // some of them have the same standing
    if (ranked_.size() > most_ranked) {
      std::nth_element(ranked_.begin(), ranked_.begin() + static_cast<std::ptrdiff_t>(most_ranked),
                       ranked_.end());
      ranked_.resize(most_ranked);
    }
    std::sort(ranked_.begin(), ranked_.end());
    states_.clear();
    ++round_;
    for (const std::uint64_t rank : ranked_) {
      if (states_.size() == most_states_) break;
      const State& next = next_[rank & 0xFFFFFFFFU];
      if (is_new(next.standing)) states_.push_back(next);
    }
  }
  /// Whether the standing was not asked for before in this round.
  bool is_new(const Standing& standing) {
    std::uint32_t place = (standing.shift * 0x9E3779B1U ^ standing.distance * 0x85EBCA6BU) +
                          static_cast<std::uint32_t>(standing.kind) * 0x3D4D51CBU;
    for (place >>= 23;; ++place) {
      Seen& seen = seen_[place % seen_.size()];
      if (seen.round != round_) {
        seen = Seen{round_, standing};
        return true;
      }
      if (seen.standing.kind == standing.kind && seen.standing.shift == standing.shift &&
          seen.standing.distance == standing.distance)
        return false;
    }
  }

  std::vector<PlannedOperation> operations(const State& last, std::uint32_t to) const {
    std::vector<PlannedOperation> result;
    const auto add = [&result](OperationKind kind, std::uint32_t start, std::uint32_t end,
                               std::uint32_t place) {
      PlannedOperation planned;
      planned.operation.kind = kind;
      planned.operation.length = end - start;
      planned.operation.source = kind == OperationKind::copy_target ? start - place : start + place;
      result.push_back(planned);
    };
    add(last.standing.kind, last.start, to,
        last.standing.kind == OperationKind::copy_target ? last.standing.distance : last.standing.shift);
    std::uint32_t end = last.start;
    for (std::uint32_t s = last.before; s != kNone; s = steps_[s].before) {
      add(steps_[s].kind, steps_[s].start, end, steps_[s].place);
      end = steps_[s].start;
    }
    std::reverse(result.begin(), result.end());
    return result;
  }

  const StructureParser& parser_;
  ConstBytes base_;
  ConstBytes target_;
  const StructurePrices& prices_;
  const std::vector<std::uint32_t>& hints_;
  std::size_t most_states_ = 0;
  bool first_ = true;
  std::uint64_t limit_ = 0;
  std::vector<State> states_;
  std::vector<State> next_;
  /// What the next states cost more than the cheapest one, and in the lower half which they are: one number
  /// sorts much faster than a pair.
  std::vector<std::uint64_t> ranked_;
  /// A hash table of the standings that are kept; entries of other rounds are empty. Never half full.
  struct Seen {
    std::uint32_t round = 0;
    Standing standing;
  };
  std::array<Seen, 512> seen_;
  std::uint32_t round_ = 0;
  std::vector<Step> steps_;
  std::vector<std::uint32_t> shifts_;
  std::vector<std::uint32_t> distances_;
  std::vector<std::uint32_t> found_;
};

StructureParser::StructureParser(ConstBytes base, ConstBytes target, bool thorough)
    : base_(base),
      target_(target),
      thorough_(thorough),
      long_in_base_(base, 8),
      long_in_target_(target, 8),
      short_in_base_(base.first(base.size() <= kLargeFile ? base.size() : 0), 4),
      short_in_target_(target.first(target.size() <= kLargeFile ? target.size() : 0), 4) {}

bool StructureParser::recurs(std::uint32_t from, std::uint32_t to) const {
  constexpr std::uint32_t kStep = 16;
  constexpr std::uint32_t kFew = 64;  // one in so many places that were looked at
  std::uint32_t looked = 0;
  std::uint32_t found = 0;
  for (std::uint32_t i = from; i + 8 <= to; i += kStep) {
    ++looked;
    if (long_in_base_.occurs(target_.data() + i, ~0U) || long_in_target_.occurs(target_.data() + i, i))
      ++found;
  }
  return found * kFew >= looked;
}

std::vector<PlannedOperation> StructureParser::parse(std::uint32_t from, std::uint32_t to,
                                                     const std::vector<std::uint32_t>& hints,
                                                     const Standing& standing, std::uint32_t then,
                                                     const StructurePrices& prices) const {
  return Search(*this, prices, hints).run(from, to, standing, then);
}

}  // namespace tmd::host
