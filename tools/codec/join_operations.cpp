// SPDX-License-Identifier: Apache-2.0
#include "codec/join_operations.hpp"

#include <algorithm>
#include <memory>

#include "codec/proposals.hpp"

namespace tmd::host {
namespace {

using codec::OperationKind;

constexpr std::size_t kMostPieces = 12;
constexpr std::uint32_t kLongestPiece = 16384;
constexpr std::size_t kMostStates = 3;  // ways to get to each operation that are followed further
/// Bytes of target that trials may model in all: patches of little content, where heads are much of the price,
/// are looked at closely; large ones do not take long.
constexpr std::uint64_t kMostWork[] = {0, 1'500'000, 10'000'000};
constexpr std::uint64_t kMostWorkIfSmall[] = {600'000, 10'000'000, 100'000'000};
constexpr std::uint64_t kSmall[] = {24576, 8192, 8192};
constexpr unsigned kMostRounds[] = {2, 4, 4};
constexpr std::uint64_t kWorkOfTrial = 256;   // what a trial takes besides, in bytes
constexpr std::uint64_t kSlack = 16 * 65536;  // of a way that may pay later
constexpr std::size_t kNone = ~std::size_t{0};

/// Whether little of the target is modelled.
bool is_small(const Operations& operations, Effort effort) {
  std::uint64_t sum = 0;
  for (const PlannedOperation& planned : operations) {
    if (planned.operation.kind > OperationKind::copy_target) sum += planned.operation.length;
  }
  return sum <= kSmall[static_cast<std::size_t>(effort)];
}

/// A shortest path over the operations of the plan: each is kept, or one other operation takes the place of
/// several. States are bodies of the decoder, so every price is exact.
class Joiner {
 public:
  Joiner(const Operations& operations, ConstBytes base, ConstBytes target, std::uint32_t counters,
         Effort effort, const codec::ReadWindow& window)
      : operations_(operations),
        base_(base),
        target_(target),
        is_quick_(effort == Effort::quick),
        waiting_(operations.size() + 1) {
    std::uint32_t start = 0;
    for (const PlannedOperation& planned : operations) {
      starts_.push_back(start);
      start += planned.operation.length;
    }
    most_work_ =
        (is_small(operations, effort) ? kMostWorkIfSmall : kMostWork)[static_cast<std::size_t>(effort)];
    State first;
    first.body = std::make_unique<AnyBody>();
    first.body->window = window;
    first.body->begin(counters, static_cast<std::uint32_t>(base.size()),
                      static_cast<std::uint32_t>(target.size()));
    waiting_.front().push_back(std::move(first));
  }

  Operations run() {
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      std::vector<State> states = std::move(waiting_[i]);
      // Behind or before much that is not joined, what came before matters little, and playing it takes long.
      if (at(i).length > kLongestPiece) states.resize(1);
      for (const State& state : states) {
        keep(state, i);
        for (const std::uint32_t shift : shifts(state, i)) join(state, i, shift);
      }
    }
    Operations result;
    for (std::size_t t = waiting_.back().front().trace; t != kNone; t = traces_[t].before)
      result.push_back(traces_[t].planned);
    std::reverse(result.begin(), result.end());
    return result;
  }

 private:
  struct Trace {
    std::size_t before = kNone;
    PlannedOperation planned;
  };
  struct State {
    std::uint64_t cost = 0;
    std::size_t trace = kNone;
    std::unique_ptr<AnyBody> body;
  };

  const codec::Operation& at(std::size_t i) const { return operations_[i].operation; }
  bool is_copy(std::size_t i) const {
    return i < operations_.size() && at(i).kind == OperationKind::copy_base;
  }

  /// Operation `i` as planned, or what is left of it.
  void keep(const State& state, std::size_t i) {
    PlannedOperation rest = operations_[i];
    const std::uint32_t done = state.body->produced() - starts_[i];
    rest.operation.length -= done;
    if (done > 0) rest.operation.source += done;
    follow(state, {rest}, i + 1, kImpossible);
  }
  /// Plays operations from a state on and keeps where that leads, if it is among the cheapest ways there.
  void follow(const State& state, const Operations& operations, std::size_t to, std::uint64_t bound) {
    std::vector<State>& there = waiting_[to];
    if (there.size() == kMostStates) bound = std::min(bound, there.back().cost - state.cost);
    trial_ = *state.body;
    const std::uint32_t from = trial_.produced();
    const std::uint64_t price = cost_of(trial_, operations, base_, target_, bound);
    if (operations.back().operation.kind != OperationKind::copy_base)
      work_ += trial_.produced() - from + kWorkOfTrial;
    if (price == kImpossible) return;
    const std::uint64_t cost = state.cost + price;
    State next;
    next.cost = cost;
    next.trace = state.trace;
    for (const PlannedOperation& planned : operations) {
      traces_.push_back(Trace{next.trace, planned});
      next.trace = traces_.size() - 1;
    }
    if (there.size() == kMostStates) {
      next.body = std::move(there.back().body);
      there.pop_back();
    } else {
      next.body = std::make_unique<AnyBody>();
    }
    *next.body = trial_;
    const auto place = std::upper_bound(there.begin(), there.end(), cost,
                                        [](std::uint64_t c, const State& s) { return c < s.cost; });
    there.insert(place, std::move(next));
  }

  /// Places in the base that an operation instead of `i` and its successors could be compared with.
  std::vector<std::uint32_t> shifts(const State& state, std::size_t i) const {
    std::vector<std::uint32_t> found{is_copy(i) ? at(i).source - starts_[i]
                                                : state.body->colocated() - state.body->produced()};
    if (!is_copy(i) && (codec::reads_base(at(i)) || at(i).kind == OperationKind::literal)) {
      const std::uint32_t own = at(i).source - starts_[i];
      if (own != found.front()) found.push_back(own);
    }
    return found;
  }
  bool replaceable(std::size_t i) const {
    return at(i).length <= (at(i).scaled ? kLongestPiece / 64 : kLongestPiece);
  }

  /// One operation instead of those behind `i`, where that is a copy, or of `i` and those behind it. Words
  /// that begin in the last bytes of a copy take them over, and so at the other end.
  void join(const State& state, std::size_t i, std::uint32_t shift) {
    const std::size_t first = is_copy(i) ? i + 1 : i;
    if (first >= operations_.size() || is_copy(first)) return;
    std::uint32_t end = starts_[first];
    // What joins must not be dearer than what it joins, or it is given up.
    present_ = *state.body;
    bool has_weights = false;
    bool has_literals = false;
    std::uint64_t price = 0;
    if (first > i) price += play_on(i);
    for (std::size_t last = first; last < operations_.size() && last < first + kMostPieces; ++last) {
      if (!replaceable(last) || work_ > most_work_) return;
      price += play_on(last);
      work_ += is_copy(last) ? kWorkOfTrial / 4 : at(last).length + kWorkOfTrial;
      end += at(last).length;
      has_weights =
          has_weights || (at(last).kind == OperationKind::weights8 && at(last).length >= kLikelyWeights);
      has_literals = has_literals || at(last).kind == OperationKind::literal;
      if (is_copy(last) && last + 1 < operations_.size()) continue;
      for (const OperationKind kind :
           {OperationKind::literal, OperationKind::delta8, OperationKind::delta32, OperationKind::float32}) {
        if (kind == OperationKind::literal && (has_weights || (is_quick_ && !has_literals))) continue;
        join(state, i, first, last, end, shift, kind, price + kSlack);
      }
    }
  }
  std::uint64_t play_on(std::size_t i) {
    PlannedOperation rest = operations_[i];
    const std::uint32_t done = present_.produced() - starts_[i];
    rest.operation.length -= done;
    if (done > 0) rest.operation.source += done;
    return cost_of(present_, {rest}, base_, target_);
  }
  void join(const State& state, std::size_t i, std::size_t first, std::size_t last, std::uint32_t end,
            std::uint32_t shift, OperationKind kind, std::uint64_t bound) {
    if (last == first && at(first).kind == kind && i == first) return;
    const bool words = codec::element_size(kind) == 4;
    const std::uint32_t wider_before = words ? starts_[first] & 3U : 0;
    const std::uint32_t wider_after = words ? (0U - end) & 3U : 0;
    const std::uint32_t start = starts_[first] - wider_before;
    // Without a need to begin in the copy, the same is tried from behind it.
    if ((wider_before > 0) != (i < first) || start < state.body->produced()) return;
    if (wider_after > 0) {
      if (!is_copy(last + 1) || at(last + 1).source - end != shift || at(last + 1).length <= wider_after)
        return;
      end += wider_after;
    }
    if (kind != OperationKind::literal &&
        !fits(start + shift, end - start, static_cast<std::uint32_t>(base_.size())))
      return;
    Operations operations;
    const std::uint32_t before = start - state.body->produced();
    if (before > 0) {
      operations.push_back(
          simple_operation(OperationKind::copy_base, before, state.body->produced() + shift));
    }
    operations.push_back(simple_operation(kind, end - start, start + shift));
    take_ways(operations.back().operation, first, last);
    follow(state, operations, last + 1, bound);
  }

  /// What joins is coded as the longest operation of its kind that it takes the place of.
  void take_ways(codec::Operation& joined, std::size_t first, std::size_t last) const {
    std::uint32_t longest = 0;
    for (std::size_t i = first; i <= last; ++i) {
      if (at(i).kind != joined.kind || at(i).length <= longest) continue;
      longest = at(i).length;
      joined.slow = at(i).slow;
      joined.averaged = at(i).averaged;
      joined.centred = at(i).centred;
      joined.centre = at(i).centre;
    }
  }

  const Operations& operations_;
  ConstBytes base_;
  ConstBytes target_;
  bool is_quick_;  ///< Literals are tried where one of those that are joined is one.
  std::vector<std::uint32_t> starts_;
  std::vector<std::vector<State>> waiting_;  ///< For each operation, the ways to get there.
  std::vector<Trace> traces_;
  std::uint64_t work_ = 0;
  std::uint64_t most_work_ = 0;
  AnyBody trial_{};
  AnyBody present_{};
};

}  // namespace

bool extends(const PlannedOperation& before, const PlannedOperation& after, std::size_t base_size) {
  const codec::Operation& a = before.operation;
  const codec::Operation& b = after.operation;
  const bool goes_on = b.source - a.source == a.length;
  if (a.kind != b.kind || a.averaged != b.averaged) return false;
  if (a.kind == OperationKind::copy_base) return goes_on;
  if (a.kind == OperationKind::literal) return goes_on || (a.source >= base_size && b.source >= base_size);
  return codec::has_elements(a.kind) && !a.scaled && !b.scaled && a.sparse == b.sparse &&
         a.predicted == b.predicted && a.stride == b.stride && a.above == b.above && a.slow == b.slow &&
         a.centre == b.centre && (!a.predicted || a.filter.code == b.filter.code) &&
         a.from_target == b.from_target &&
         (a.kind == OperationKind::weights8 || a.kind == OperationKind::weights32 || goes_on);
}

Operations join_operations(const Operations& operations, ConstBytes base, ConstBytes target,
                           std::uint32_t counter_count, Effort effort, const codec::ReadWindow& window) {
  if (effort == Effort::quick && !is_small(operations, effort)) return operations;
  // What was joined may be joined again.
  Operations joined = operations;
  for (unsigned round = 0; round < kMostRounds[static_cast<std::size_t>(effort)]; ++round) {
    Operations next = std::make_unique<Joiner>(joined, base, target, counter_count, effort, window)->run();
    const bool fewer = next.size() < joined.size();
    joined = std::move(next);
    if (!fewer) break;
  }
  return joined;
}

}  // namespace tmd::host
