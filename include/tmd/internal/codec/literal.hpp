// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/codec/context_tables.hpp"
#include "tmd/internal/codec/symbols.hpp"

namespace tmd {
namespace codec {

/// Stands for the base's byte where the base has none.
constexpr unsigned kNoByte = 0x100;

/// What is known before half a byte. `before`: the bits before it, below a leading 1; `expected`: the same half
/// of the base's byte; `agrees`: the bits before are the base's.
/// `averaged`: there are two models.
constexpr void literal_contexts(Contexts& contexts, std::uint32_t position, unsigned before,
                                unsigned expected, bool agrees, bool averaged) {
  const std::uint32_t half = 0x02000000U + (before == 1 ? 0U : 0x4000U);
  contexts.averaged = averaged;
  contexts.count = averaged ? 2 : 3;
  contexts.hash[0] = half + expected + (agrees ? 0x800U : 0U);
  contexts.hash[1] = 0x02008000U + (before << 18);
  contexts.hash[2] = half + 0x8000U + ((position & 3U) << 16);
}

/// Codes a byte of which nothing is known but its place, and the base's byte `expected` beside it. `position`: its
/// offset in the target, of which the place in a word counts. `want`: the byte, where `coder` encodes.
/// Not inline: its contexts would lie on the stack below all other steps.
template <class Coder, class Symbols>
[[gnu::noinline]] std::uint8_t literal_byte(Coder& coder, Symbols& symbols, std::uint32_t position,
                                            unsigned expected, unsigned want, bool averaged) {
  Contexts contexts;
  unsigned value = 1;  // the bits so far, below a leading 1
  unsigned node = 1;
  bool agrees = expected != kNoByte;
  for (unsigned i = 8; i-- > 0;) {
    // Each half is a symbol of its own: small weights come two in a byte.
    if (i % 4 == 3) {
      literal_contexts(contexts, position, value, (expected >> (i - 3)) & 15U, agrees, averaged);
      symbols.locate(contexts);
      node = 1;
    }
    const unsigned guess = (expected >> i) & 1U;
    const unsigned says = agrees ? 1 + guess : 0;
    contexts.weights = static_cast<std::uint16_t>(weights::kLiteral + says);
    contexts.rates = agrees ? kUsualRates.of : kSlowRates.of;
    const unsigned bit =
        symbols.code_bit(coder, contexts, table::kLiteral + 3 * i + says, node, (want >> i) & 1U);
    agrees = agrees && bit == guess;
    node = 2 * node + bit;
    value = 2 * value + bit;
  }
  return static_cast<std::uint8_t>(value);
}

}  // namespace codec
}  // namespace tmd
