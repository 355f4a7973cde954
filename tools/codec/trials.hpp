// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "codec/encoded_body.hpp"
#include "codec/trial_cost.hpp"

namespace tmd::host {

/// Bytes from which on it pays to look for the best way to code the elements of an operation.
constexpr std::uint32_t kWorthTuning = 256;

/// A literal without a place in the base keeps the place that the decoder is at.
inline PlannedOperation adjusted(PlannedOperation planned, const AnyBody& body) {
  if (planned.colocated) planned.operation.source = body.colocated();
  return planned;
}

/// Plays candidates on copies of the decoder's models, which says exactly what they would cost. Judging takes time:
/// how much of a candidate is played depends on the target's size and on the effort.
class Trials {
 public:
  static constexpr std::uint32_t kLeastSample = 512;

  Trials(ConstBytes base, ConstBytes target, Effort effort);

  /// The bytes of target that a trial plays: `wanted`, or as many as all of the candidates may, if that is less.
  /// `share`: of the work, in tenths. The planner's time grows with what it looks at; large files are looked at less
  /// closely. `least`: so many are played in any case.
  std::uint32_t sample(const std::vector<Operations>& candidates, std::uint64_t share, std::uint32_t wanted,
                       std::uint32_t least = kLeastSample) const;

  /// What the operations would cost from `start` on, or the first `most` bytes of target that they produce;
  /// `kImpossible` where they cannot be played.
  std::uint64_t price(const AnyBody& start, const Operations& operations, std::uint32_t most) const;
  /// What each of the candidates, of which there is one, would cost. Long ones are played on all processors.
  std::vector<std::uint64_t> prices(const AnyBody& start, const std::vector<Operations>& candidates,
                                    std::uint32_t most) const;
  /// Which candidate is: the first of equal ones.
  std::size_t cheapest(const AnyBody& start, const std::vector<Operations>& candidates,
                       std::uint32_t most) const;
  /// Which ones are, cheapest first, of equal ones those before: `kept` of them, or all.
  std::vector<std::size_t> cheapest_few(const AnyBody& start, const std::vector<Operations>& candidates,
                                        std::uint32_t most, std::size_t kept) const;
  /// Which one of many is, in rounds: all play their first `first` bytes, the best quarter four times as many, and so
  /// on, until one is left or `last` were played.
  std::size_t cheapest_in_rounds(const AnyBody& start, std::vector<Operations> candidates,
                                 std::uint32_t first, std::uint32_t last) const;

  /// An operation's bits, and what decoding it is worth.
  std::uint64_t price_of(const codec::Operation& operation, const CostSink& sink) const {
    return sink.cost() + sink.cost() / 1024 * work_of(operation);
  }

 private:
  std::uint64_t work_of(const codec::Operation& operation) const;

  ConstBytes base_;
  ConstBytes target_;
  Effort effort_;
  std::uint64_t work_;  ///< Bytes that may be played for each byte of the target.
};

}  // namespace tmd::host
