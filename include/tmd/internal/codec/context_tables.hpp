// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tmd/internal/codec/operation.hpp"
#include "tmd/internal/codec/symbols.hpp"

namespace tmd {
namespace codec {

/// Where each symbol's part of the prior table begins.
namespace table {
constexpr unsigned kKind = 0;                 // 8 kinds before x 8 nodes
constexpr unsigned kFlags = kKind + 64;       // 8 kinds x 7 flags
constexpr unsigned kLength = kFlags + 56;     // without and with elements x 32
constexpr unsigned kBase = kLength + 2 * 32;  // numbers: 32 each
constexpr unsigned kTarget = kBase + 33;
constexpr unsigned kRow = kTarget + 33;
constexpr unsigned kStride = kRow + 32;
constexpr unsigned kRatio = kStride + 32;
constexpr unsigned kShift = kRatio + 33;
constexpr unsigned kLiteral = kShift + 32;      // 8 bits x what the base's byte says
constexpr unsigned kDelta = kLiteral + 24;      // 8 levels x 17
constexpr unsigned kWeights = kDelta + 8 * 17;  // new weights, 4 levels x 17
constexpr unsigned kWord = kWeights + 4 * 17;   // integers, floats, each plain and scaled x 65
constexpr unsigned kWhole = kWord + 4 * 65;
constexpr unsigned kZero = kWhole + 1;   // is it zero; if so, a float's sign
constexpr unsigned kFilter = kZero + 2;  // 5 bits
constexpr unsigned kEnd = kFilter + 32;
static_assert(kEnd == kPriorCount, "train_priors.py makes one log odds for each place");
}  // namespace table

/// The sets of mixing weights.
namespace weights {
constexpr std::uint8_t kHeader = 0;   // 4
constexpr std::uint8_t kLiteral = 4;  // 3: the base's byte says nothing, 0, or 1
constexpr std::uint8_t kDelta = 7;    // 4
constexpr std::uint8_t kWeights = 11;
constexpr std::uint8_t kWord = 15;
constexpr std::uint8_t kFloat = 19;
constexpr std::uint8_t kEnd = 23;
}  // namespace weights

/// What elements are coded as, from delta8 on: differences of signed bytes, new weights, differences of integers and of
/// floats. Each has several rows of places, one behind the other.
constexpr Symbol kElementSymbols[4] = {{table::kDelta, weights::kDelta, 3, 2, true, true, true},
                                       {table::kWeights, weights::kWeights, 3, 2, false, true, false},
                                       {table::kWord, weights::kWord, 5, 2, false, true, true},
                                       {table::kWord + 2 * 65, weights::kFloat, 5, 2, false, true, true}};
/// Numbers of an operation's header.
constexpr Symbol header_symbol(unsigned where, bool has_sign) {
  return Symbol{static_cast<std::uint16_t>(where), weights::kHeader, 4, 3, false, has_sign, true};
}

}  // namespace codec
}  // namespace tmd
