// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/codec/context_tables.hpp"
#include "tmd/internal/codec/residual_history.hpp"

namespace tmd {
namespace codec {

/// Codes whether an element is a pruned weight, and says so. `source`: the base's element; `value`: the element where
/// `coder` encodes, and 0 afterwards where it is pruned; a float may be either of the two zeros. `after_zero`: the
/// element before was pruned; `last`: how far the one before was from its prediction.
template <class Coder, class Symbols>
bool pruned_weight(Coder& coder, Symbols& symbols, bool is_float, bool after_zero, std::uint32_t last,
                   std::uint32_t source, std::uint32_t& value) {
  const std::uint32_t negative = source >> 31;
  // Pruning takes small weights: how small tells nearly all.
  const std::uint32_t size =
      is_float ? (source & 0x7FFFFFFFU) >> 22
               : static_cast<std::uint32_t>(quantised(negative != 0 ? 0U - source : source));
  const std::uint32_t part = 0x05000000U;
  Contexts contexts;
  contexts.count = 3;
  contexts.weights = weights::kHeader + 3;
  contexts.hash[0] = part + size;
  contexts.hash[1] = part + (after_zero ? 1U : 0U) + (last << 8);
  contexts.hash[2] = part + (after_zero ? 0x10000U : 0U) + size;
  symbols.locate(contexts);
  const std::uint32_t magnitude = is_float ? value << 1 : value;
  if (symbols.code_bit(coder, contexts, table::kZero, 0, magnitude == 0 ? 1U : 0U) == 0) return false;
  value =
      is_float ? symbols.code_bit(coder, contexts, table::kZero + 1, 1 + negative, value >> 31) << 31 : 0U;
  return true;
}

}  // namespace codec
}  // namespace tmd
