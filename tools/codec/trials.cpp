// SPDX-License-Identifier: Apache-2.0
#include "codec/trials.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/in_parallel.hpp"

namespace tmd::host {
namespace {

using codec::OperationKind;

constexpr std::uint64_t kShares = 10;  ///< Into which the stages of a choice divide the work.
constexpr std::uint32_t kWorthThreads = 1024;
/// What decoding in less work is worth, in 1,024ths of the bits.
constexpr std::uint64_t kMixing = 10;
constexpr std::uint64_t kRowPrediction = 5;

std::uint32_t length_of(const Operations& operations) {
  std::uint32_t length = 0;
  for (const PlannedOperation& planned : operations) length += planned.operation.length;
  return length;
}

std::uint64_t work_for(std::uint64_t size, Effort effort) {
  constexpr std::uint64_t kWork[] = {400'000, 24'000'000, 48'000'000};
  constexpr std::uint64_t kLeast[] = {1, 5, 10};
  const auto which = static_cast<std::size_t>(effort);
  return std::clamp<std::uint64_t>(kWork[which] / (size + 1), kLeast[which], 256);
}

}  // namespace

Trials::Trials(ConstBytes base, ConstBytes target, Effort effort)
    : base_(base), target_(target), effort_(effort), work_(work_for(target.size(), effort)) {}

std::uint32_t Trials::sample(const std::vector<Operations>& candidates, std::uint64_t share,
                             std::uint32_t wanted, std::uint32_t least) const {
  const std::uint64_t most = work_ * share * length_of(candidates.front()) / (kShares * candidates.size());
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, std::max<std::uint64_t>(most, least)));
}

std::uint64_t Trials::price(const AnyBody& start, const Operations& operations, std::uint32_t most) const {
  AnyBody body = start;
  std::uint64_t price = 0;
  for (const PlannedOperation& planned : operations) {
    PlannedOperation cut = adjusted(planned, body);
    const std::uint32_t left = most - (body.produced() - start.produced());
    if (cut.operation.length > left) cut.operation.length = left & ~3U;
    if (cut.operation.length == 0) break;
    CostSink sink;
    if (play(body, sink, cut, base_, target_) != Status::ok) return kImpossible;
    price += price_of(planned.operation, sink);
  }
  return price;
}

std::vector<std::uint64_t> Trials::prices(const AnyBody& start, const std::vector<Operations>& candidates,
                                          std::uint32_t most) const {
  std::vector<std::uint64_t> costs(candidates.size());
  const auto judge = [&](std::size_t i) { costs[i] = price(start, candidates[i], most); };
  if (length_of(candidates.front()) >= kWorthThreads) {
    in_parallel(candidates.size(), judge);
  } else {
    for (std::size_t i = 0; i < candidates.size(); ++i) judge(i);
  }
  return costs;
}

std::size_t Trials::cheapest(const AnyBody& start, const std::vector<Operations>& candidates,
                             std::uint32_t most) const {
  return cheapest_few(start, candidates, most, 1).front();
}

std::vector<std::size_t> Trials::cheapest_few(const AnyBody& start, const std::vector<Operations>& candidates,
                                              std::uint32_t most, std::size_t kept) const {
  const std::vector<std::uint64_t> costs = prices(start, candidates, most);
  std::vector<std::size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return costs[a] < costs[b]; });
  order.resize(std::min(order.size(), kept));
  return order;
}

std::size_t Trials::cheapest_in_rounds(const AnyBody& start, std::vector<Operations> candidates,
                                       std::uint32_t first, std::uint32_t last) const {
  std::vector<std::size_t> left(candidates.size());
  std::iota(left.begin(), left.end(), std::size_t{0});
  last = std::min(last, length_of(candidates.front()));
  for (std::uint64_t played = first;; played *= 4) {
    const bool is_last = left.size() < 8 || played >= last;
    std::vector<std::size_t> order =
        cheapest_few(start, candidates, static_cast<std::uint32_t>(played), is_last ? 1 : left.size() / 4);
    if (is_last) return left[order.front()];
    std::vector<Operations> best;
    for (std::size_t& i : order) {
      best.push_back(std::move(candidates[i]));
      i = left[i];
    }
    candidates = std::move(best);
    left = std::move(order);
  }
}

std::uint64_t Trials::work_of(const codec::Operation& operation) const {
  if (effort_ == Effort::small || operation.length < kWorthTuning) return 0;
  const bool mixed = codec::may(operation.kind, codec::kAveraged) && !operation.averaged;
  const bool new_and_predicted = operation.kind == OperationKind::weights8 && operation.predicted;
  return (mixed ? kMixing : 0) + (new_and_predicted ? kRowPrediction : 0);
}

}  // namespace tmd::host
