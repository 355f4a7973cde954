// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/codec/predictor.hpp"

namespace tmd {
namespace codec {

constexpr std::uint32_t bit_length(std::uint32_t value) {
  return value != 0 ? 32U - static_cast<std::uint32_t>(__builtin_clz(value)) : 0U;
}

/// How a kind of number is coded: is it zero (where that is asked); if not, the bit length of its magnitude in a tree
/// of `class_bits` decisions, its sign, and the bits below the top one, of which the first `modelled` are predicted
/// and the others are as likely 0 as 1.
struct Symbol {
  std::uint16_t place;      ///< Its part of the prior table: 2 << class_bits places, with a sign one more.
  std::uint8_t weights;     ///< The first of its four sets of mixing weights.
  std::uint8_t class_bits;  ///< Where these are 4, the longest class is followed by four bits more.
  std::uint8_t modelled;
  bool unary;      ///< The bit length comes in unary, not in the tree: better where most are short.
  bool has_sign;   ///< A number below 0 in two's complement; otherwise below 2^31.
  bool asks_zero;  ///< Otherwise 0 and -1 are of the shortest length, as 1 and -2 are of the next.
};

/// Numbers as predicted bits. A coder codes one bit and returns it, `unsigned code_bit(probability, bit)`, or the low
/// `bits` of a number that nothing is known about, `std::uint32_t raw(bits, number)`.
template <unsigned kCounters, unsigned kSets>
class Symbols {
 public:
  void start(std::uint32_t counter_count) { predictor_.start(counter_count); }

  /// To be called before the first bit of each symbol.
  void locate(Contexts& contexts) const { predictor_.locate(contexts); }

  template <class Coder>
  unsigned code_bit(Coder& coder, const Contexts& contexts, unsigned place, unsigned node, unsigned bit) {
    return predictor_.code(coder, contexts, (place << 16) + node, bit);
  }

  /// `bits` bits, most significant first; the node is the path so far.
  template <class Coder>
  unsigned tree(Coder& coder, const Contexts& contexts, unsigned place, unsigned bits, unsigned want) {
    unsigned node = 1;
    for (unsigned i = bits; i-- > 0;)
      node = 2 * node + code_bit(coder, contexts, place + node, node, (want >> i) & 1U);
    return node - (1U << bits);
  }

  template <class Coder>
  std::uint32_t number(Coder& coder, Contexts& contexts, const Symbol& symbol, std::uint32_t want) {
    if (Coder::kDecodes) want = 0;  // Nothing is wanted of a decoder, and what predicted from it folds away.
    const unsigned negative_want = symbol.has_sign ? want >> 31 : 0U;
    const std::uint32_t away = symbol.asks_zero ? 0U : 1U;
    const std::uint32_t magnitude_want = negative_want != 0 ? 0U - want : want + away;
    const std::uint32_t top_want = bit_length(magnitude_want) - 1U;
    const unsigned longest = (1U << symbol.class_bits) - 1;
    unsigned place = symbol.place;
    contexts.weights = symbol.weights;
    if (symbol.asks_zero && code_bit(coder, contexts, place, 0, magnitude_want != 0 ? 1U : 0U) == 0) return 0;
    ++contexts.weights;
    std::uint32_t top = 0;
    if (symbol.unary) {
      while (top < longest &&
             code_bit(coder, contexts, place + 1 + top, 1 + top, top < top_want ? 1U : 0U) != 0)
        ++top;
    } else {
      top = tree(coder, contexts, place, symbol.class_bits, top_want < longest ? top_want : longest);
    }
    place += longest + 1 + top;
    if (top == 15 && symbol.class_bits == 4) top += coder.raw(4, top_want - 15);
    ++contexts.weights;
    unsigned negative = 0;
    if (symbol.has_sign) {
      negative = code_bit(coder, contexts, symbol.place + 2 * longest + 2, 32 + away * top, negative_want);
      ++contexts.weights;
    }
    std::uint32_t magnitude = 1;
    while (top > 0 && magnitude >> symbol.modelled == 0) {
      --top;
      magnitude = 2 * magnitude +
                  code_bit(coder, contexts, place, 64 + 8 * place + magnitude, (magnitude_want >> top) & 1U);
    }
    magnitude = (magnitude << top) | coder.raw(top, magnitude_want);
    return negative != 0 ? 0U - magnitude : magnitude - away;
  }

 private:
  Predictor<kCounters, kSets> predictor_;
};

}  // namespace codec
}  // namespace tmd
