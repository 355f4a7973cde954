// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "codec/cost.hpp"
#include "codec/operation_player.hpp"

namespace tmd::host {

using Operations = std::vector<PlannedOperation>;

inline PlannedOperation simple_operation(codec::OperationKind kind, std::uint32_t length,
                                         std::uint32_t source) {
  PlannedOperation planned;
  planned.operation.kind = kind;
  planned.operation.length = length;
  planned.operation.source = source;
  return planned;
}

/// Plays operations through `body`, which moves on; what they cost, or `kImpossible` where that is more than
/// `bound` or they cannot be played.
constexpr std::uint64_t kImpossible = ~std::uint64_t{0};
inline std::uint64_t cost_of(AnyBody& body, const Operations& operations, ConstBytes base, ConstBytes target,
                             std::uint64_t bound = kImpossible) {
  CostSink sink;
  for (const PlannedOperation& planned : operations) {
    if (play(body, sink, planned, base, target, [&] { return sink.cost() <= bound; }) != Status::ok)
      return kImpossible;
  }
  return sink.cost();
}

}  // namespace tmd::host
