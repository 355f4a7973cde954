// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "codec/cost.hpp"
#include "codec/script.hpp"
#include "tmd/internal/codec/decoder.hpp"

namespace tmd::host {

/// Large enough for every patch that any device may take.
using AnyBody = codec::Body<256 * codec::kSlotUnit>;
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
  ScriptCoder<CostSink> coder(sink, target);
  MemoryIo io(base, target);
  for (const PlannedOperation& planned : operations) {
    const std::uint32_t end = body.produced() + planned.operation.length;
    coder.play(planned, body.produced());
    while (body.produced() < end) {
      if (body.step(coder, io) != Status::ok || sink.cost() > bound) return kImpossible;
    }
  }
  return sink.cost();
}

}  // namespace tmd::host
