// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/codec/context_tables.hpp"
#include "tmd/internal/codec/residual_history.hpp"
#include "tmd/internal/codec/scaling.hpp"

namespace tmd {
namespace codec {

/// Codes a float without a prediction: its sign, exponent and first bits modelled, the others as they are. `want`: the
/// float's bits, where `coder` encodes.
template <class Coder, class Symbols>
std::uint32_t whole_float(Coder& coder, Symbols& symbols, ResidualHistory& residuals, std::uint32_t want) {
  want = ordered_float(want);
  const std::uint32_t part = 0x04000000U;
  Contexts contexts;
  contexts.hash[0] = part;
  contexts.hash[1] = part + residuals.last();
  contexts.hash[2] = part + (residuals.last() << 8) + residuals.before_last();
  contexts.count = 3;
  contexts.weights = weights::kFloat + 1;
  symbols.locate(contexts);
  std::uint32_t value = 1;
  for (unsigned i = 31; i > 19; --i)
    value = 2 * value + symbols.code_bit(coder, contexts, table::kWhole, value, (want >> i) & 1U);
  residuals.remember_size(static_cast<std::int32_t>((value >> 3) & 0xFFU));
  return float_of_ordered((value << 20) | coder.raw(20, want));
}

}  // namespace codec
}  // namespace tmd
