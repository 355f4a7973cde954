// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/codec/layout.hpp"
#include "tmd/codec/operation.hpp"
#include "tmd/codec/scaling.hpp"
#include "tmd/codec/surprises.hpp"
#include "tmd/codec/symbols.hpp"
#include "tmd/codec/window.hpp"

namespace tmd {
namespace codec {

/// Everything that a body means: the same steps for the decoder and for the encoder, which differ in the
/// coder they pass in. A coder offers
///   unsigned bit(probability, bit);   // codes one bit and returns it
///   Operation operation();            // what to code next, where it encodes
///   Ratio ratio(position);            // the ratio of the row that begins here, where it encodes
///   std::uint8_t byte(position);      // the target's byte, where it encodes
/// Trivially copyable, and all state is here: a copy is a checkpoint, or a planner's trial.
template <unsigned kHashedSlots>
class Body {
 public:
  void begin(std::uint32_t hashed_slots, std::uint32_t base_length, std::uint32_t target_length) {
    symbols_.start(hashed_slots);
    base_length_ = base_length;
    target_length_ = target_length;
  }

  bool complete() const { return produced_ == target_length_; }
  std::uint32_t produced() const { return produced_; }
  const Operation& operation() const { return operation_; }
  /// The base's byte that a literal byte would be compared with now; may lie outside the base.
  std::uint32_t beside() const { return produced_ + base_shift_; }
  /// The next step begins another operation.
  bool between_operations() const { return remaining_ == 0 && pending_ == 0; }

  /// Codes one element, one stretch of a copy, or one operation's head. `ok`: there was progress.
  template <class Coder, class Io>
  Status step(Coder& coder, Io& io) {
    if (pending_ > 0) return put_pending(io);
    if (remaining_ == 0) return head(coder);
    if (operation_.kind <= OperationKind::copy_target) return copy(io);
    if (operation_.kind == OperationKind::literal) return literal(coder, io);
    if (row_left_ == 0 && operation_.scaled) return row_ratio(coder);
    return element(coder, io);
  }

 private:
  template <class Coder>
  Status head(Coder& coder) {
    const Operation want = coder.operation();
    const unsigned before = static_cast<unsigned>(operation_.kind);
    Operation& next = operation_;
    Contexts contexts;
    header(contexts, 0, before + 8 * before_);
    before_ = static_cast<std::uint8_t>(before);
    contexts.weights = weights::kHeader + 3;
    const unsigned kind =
        symbols_.tree(coder, contexts, place::kKind + 8 * before, 3, static_cast<unsigned>(want.kind));
    next = Operation();
    next.kind = static_cast<OperationKind>(kind);
    if (may_scale(next.kind)) {
      next.scaled = flag(coder, 2 * kind, want.scaled);
      if (next.kind == OperationKind::float32) next.from_target = flag(coder, 2 * kind + 1, want.from_target);
    }

    const unsigned size = element_size(next.kind);
    const std::uint32_t elements =
        header_number(coder, place::kLength + 32 * kind, false, want.length / size - 1);
    if (elements >= (target_length_ - produced_) / size) return Status::body_malformed;
    next.length = (elements + 1) * size;
    length_class_ = static_cast<std::uint8_t>(bit_length(elements + 1));

    if (reads_target(next)) {
      const std::uint32_t expected = produced_ - target_distance_;
      next.source = expected + header_number(coder, place::kTarget, true, want.source - expected);
      if (next.source >= produced_) return Status::body_malformed;
      if (next.kind != OperationKind::copy_target && !fits(next.source, next.length, produced_))
        return Status::body_malformed;
      target_distance_ = produced_ - next.source;
    } else if (reads_base(next) || next.kind == OperationKind::literal) {
      next.source = beside() + header_number(coder, place::kBase, true, want.source - beside());
      if (reads_base(next) && !fits(next.source, next.length, base_length_)) return Status::body_malformed;
      base_shift_ = next.source - produced_;
    }
    if (has_elements(next.kind)) {
      next.stride = header_number(coder, place::kStride, false, want.stride);
      if (next.stride > kLongestStride) return Status::body_malformed;
      if (next.scaled) next.row = header_number(coder, place::kRow, false, want.row);
      surprises_.forget();
      row_left_ = 0;
      mean_ratio_ = 8 * kCoarseOne;
    }
    remaining_ = next.length;
    return Status::ok;
  }

  /// What is known before a part of the head: which part it is, the operation before, and what this one said so
  /// far.
  void header(Contexts& contexts, unsigned which, unsigned other) const {
    const std::uint32_t part = 0x01000000U + (which << 8);
    contexts.hash[0] = part;
    contexts.hash[1] = part + static_cast<unsigned>(operation_.kind);
    contexts.hash[2] = part + before_;
    contexts.hash[3] = part + length_class_;
    contexts.hash[4] = part + 0x00800000U + other;
    contexts.count = kHashedModels;
    symbols_.place(contexts);
  }
  template <class Coder>
  bool flag(Coder& coder, unsigned which, bool want) {
    Contexts contexts;
    header(contexts, place::kFlags + which, 0);
    contexts.weights = weights::kHeader + 3;
    return symbols_.bit(coder, contexts, place::kFlags + which, 0, want ? 1U : 0U) != 0;
  }
  template <class Coder>
  std::uint32_t header_number(Coder& coder, unsigned where, bool has_sign, std::uint32_t want) {
    Contexts contexts;
    header(contexts, where, base_shift_);
    return symbols_.number(coder, contexts, header_symbol(where, has_sign), want);
  }

  /// A ratio for the next row: for bytes coarse, near the running mean; for words a mantissa of one to four
  /// bytes, its leading 1 left out.
  template <class Coder>
  Status row_ratio(Coder& coder) {
    const Ratio want = coder.ratio(produced_);
    if (operation_.kind == OperationKind::delta8) {
      // Modulo 2^32: what a hostile body says is not a sensible ratio, but harmless.
      const std::uint32_t mean = mean_ratio_ >> 3;
      ratio_.mantissa = mean + header_number(coder, place::kRatio, true, want.mantissa - mean);
      mean_ratio_ += ratio_.mantissa - mean;
    } else {
      ratio_.shift = static_cast<std::uint8_t>(header_number(coder, place::kShift, false, want.shift) & 63U);
      // Zero bytes at the mantissa's end are not sent.
      const unsigned dropped = 8 * symbols_.raw(coder, 2, trailing_zero_bytes(want.mantissa));
      ratio_.mantissa = (0x80000000U >> dropped |
                         symbols_.raw(coder, 31 - dropped, (want.mantissa & 0x7FFFFFFFU) >> dropped))
                        << dropped;
    }
    row_left_ = operation_.row == 0 ? remaining_ / element_size(operation_.kind) : operation_.row;
    return Status::ok;
  }
  static constexpr std::uint32_t trailing_zero_bytes(std::uint32_t mantissa) {
    std::uint32_t count = 0;
    while (count < 3 && ((mantissa >> (8 * count)) & 0xFFU) == 0) ++count;
    return count;
  }

  /// Makes `length` bytes of the source readable at `source()`.
  template <class Io>
  Status hold(Io& io, std::uint32_t length) {
    const bool of_target = reads_target(operation_);
    return window_.hold(io, of_target, source_at(), length, of_target ? produced_ : base_length_);
  }
  std::uint32_t source_at() const { return operation_.source + (operation_.length - remaining_); }

  template <class Io>
  Status copy(Io& io) {
    const Status status = hold(io, 1);
    if (status != Status::ok) return status;
    std::uint32_t count = window_.held(source_at());
    if (count > remaining_) count = remaining_;
    if (count > io.room()) count = io.room();
    const std::uint8_t* bytes = window_.at(source_at());
    for (std::uint32_t i = 0; i < count; ++i) put(io, bytes[i]);
    remaining_ -= count;
    return Status::ok;
  }

  template <class Io>
  void put(Io& io, std::uint8_t byte) {
    io.put(byte);
    history_ = (history_ << 8) | byte;
    ++produced_;
  }
  template <class Io>
  Status put_pending(Io& io) {
    while (pending_ > 0 && io.room() > 0) {
      put(io, static_cast<std::uint8_t>(pending_word_));
      pending_word_ >>= 8;
      --pending_;
    }
    return Status::ok;
  }
  /// Puts the low `size` bytes of a word, now and as soon as there is room again.
  template <class Io>
  Status put_word(Io& io, std::uint32_t word, unsigned size) {
    pending_word_ = word;
    pending_ = static_cast<std::uint8_t>(size);
    remaining_ -= size;
    return put_pending(io);
  }

  template <class Coder, class Io>
  Status literal(Coder& coder, Io& io) {
    unsigned expected = 0x100;
    if (source_at() < base_length_) {
      const Status status = hold(io, 1);
      if (status != Status::ok) return status;
      expected = *window_.at(source_at());
    }
    const unsigned want = coder.byte(produced_);
    const std::uint32_t part = 0x02000000U + ((produced_ & 3U) << 16);
    Contexts contexts;
    contexts.count = 3;
    contexts.hash[0] = part + (history_ & 0xFFU);
    contexts.hash[1] = part + expected;
    contexts.hash[2] = part + (history_ >> 24);
    symbols_.place(contexts);
    unsigned node = 1;
    unsigned agrees = expected >> 8 ^ 1U;
    for (unsigned i = 8; i-- > 0;) {
      const unsigned guess = (expected >> i) & 1U;
      const unsigned says = agrees != 0 ? 1 + guess : 0;
      contexts.weights = static_cast<std::uint16_t>(weights::kLiteral + says);
      const unsigned bit =
          symbols_.bit(coder, contexts, place::kLiteral + 3 * i + says, node, (want >> i) & 1U);
      if (bit != guess) agrees = 0;
      node = 2 * node + bit;
    }
    return put_word(io, node, 1);
  }

  template <class Coder, class Io>
  Status element(Coder& coder, Io& io) {
    const unsigned size = element_size(operation_.kind);
    const bool is_float = operation_.kind >= OperationKind::float32;
    std::uint32_t source = 0;
    if (reads_base(operation_) || reads_target(operation_)) {
      const Status status = hold(io, size);
      if (status != Status::ok) return status;
      const std::uint8_t* const bytes = window_.at(source_at());
      source = size == 1 ? extended(*bytes) : load_le32(bytes);
    }
    std::uint32_t prediction = source;
    unsigned fraction = 0;
    if (operation_.scaled) {
      --row_left_;
      if (size == 1) {
        const std::int32_t eighths = scaled_byte(static_cast<std::int32_t>(source), ratio_.mantissa) + 4;
        prediction = static_cast<std::uint32_t>(eighths >> 3);
        fraction = static_cast<unsigned>(eighths) & 7U;
      } else {
        prediction = is_float ? scaled_float(source, ratio_) : scaled_integer(source, ratio_);
      }
    }
    std::uint32_t want = coder.byte(produced_);
    for (unsigned i = 1; i < size; ++i)
      want |= static_cast<std::uint32_t>(coder.byte(produced_ + i)) << (8 * i);
    if (is_float) {
      prediction = ordered_float(prediction);
      want = ordered_float(want);
    }
    std::uint32_t value = 0;
    if (operation_.kind == OperationKind::weights32) {
      value = whole_float(coder, want);
    } else {
      want -= prediction;
      if (size == 1) want = extended(want);
      value = prediction + difference(coder, source, fraction, want);
    }
    if (is_float) value = float_of_ordered(value);
    return put_word(io, value, size);
  }
  static constexpr std::uint32_t extended(std::uint32_t byte) {
    return static_cast<std::uint32_t>(static_cast<std::int32_t>(static_cast<std::int8_t>(byte & 0xFFU)));
  }

  template <class Coder>
  std::uint32_t difference(Coder& coder, std::uint32_t source, unsigned fraction, std::uint32_t want) {
    const unsigned kind = static_cast<unsigned>(operation_.kind);
    const bool words = operation_.kind >= OperationKind::delta32;
    const bool is_float = operation_.kind == OperationKind::float32;
    const bool alone = operation_.kind == OperationKind::weights8;
    std::uint32_t size = (source >> 23) & 0xFFU;
    if (!is_float) size = bit_length(source >> 31 != 0 ? 0U - source : source) + (source >> 31 << 5);
    const std::int32_t scale = is_float ? static_cast<std::int32_t>(2 * size) : 0;
    const std::uint32_t level = surprises_.level(words, scale);
    const std::uint32_t above = surprises_.above(operation_.stride) << 8;
    const std::uint32_t part = 0x03000000U + (kind << 17) + (operation_.scaled ? 0x10000U : 0U);
    Contexts contexts;
    contexts.hash[0] = part + (size << 8) + fraction;
    contexts.hash[1] = part + above + level;
    contexts.hash[2] = part + (surprises_.last() << 8) + level;
    contexts.hash[3] = part + (surprises_.last() << 8) + surprises_.before_last();
    contexts.hash[4] = part + above + size;
    if (alone) {
      contexts.rates = kSteadyRates;
      contexts.count = 2;
      contexts.hash[1] = part + above;
    }
    symbols_.place(contexts);
    Symbol symbol{place::kWord, weights::kWord, 5, 2, false, true};
    if (words) {
      if (is_float) {
        symbol.place += 130;
        symbol.weights = weights::kFloat;
      }
      if (operation_.scaled) symbol.place += 65;
    } else {
      symbol.class_bits = 3;
      symbol.unary = !alone;
      symbol.weights = weights::kDelta;
      symbol.place = static_cast<std::uint16_t>(place::kDelta + 17 * (level < 15 ? level / 2 : 7));
      if (alone) {
        symbol.modelled = 1;
        symbol.weights = weights::kWeights;
        symbol.place = static_cast<std::uint16_t>(place::kWeights + 17 * (level < 15 ? level / 4 : 3));
      }
    }
    want = symbols_.number(coder, contexts, symbol, want);
    surprises_.remember(want, scale);
    return want;
  }

  /// A float without a prediction: its sign, exponent and first bits modelled, the others as they are.
  template <class Coder>
  std::uint32_t whole_float(Coder& coder, std::uint32_t want) {
    const std::uint32_t part = 0x04000000U;
    Contexts contexts;
    contexts.hash[0] = part;
    contexts.hash[1] = part + surprises_.last();
    contexts.hash[2] = part + (surprises_.last() << 8) + surprises_.before_last();
    contexts.count = 3;
    contexts.weights = weights::kFloat + 1;
    symbols_.place(contexts);
    std::uint32_t value = 1;
    for (unsigned i = 31; i > 19; --i)
      value = 2 * value + symbols_.bit(coder, contexts, place::kWhole, value, (want >> i) & 1U);
    surprises_.remember_size(static_cast<std::int32_t>((value >> 3) & 0xFFU));
    return (value << 20) | symbols_.raw(coder, 20, want & 0xFFFFFU);
  }

  static constexpr std::uint32_t kCoarseOne = 1024;

  // No initial values: an object that is made with () or {} is zero, and that in one stroke.
  Symbols<kHashedSlots, weights::kEnd> symbols_;
  Surprises surprises_;
  Window<64> window_;
  Operation operation_;
  Ratio ratio_;
  std::uint32_t base_length_;
  std::uint32_t target_length_;
  std::uint32_t produced_;
  std::uint32_t remaining_;
  std::uint32_t row_left_;
  std::uint32_t base_shift_;  ///< Where the last base operation read, relative to where it wrote.
  std::uint32_t target_distance_;
  std::uint32_t history_;
  std::uint32_t pending_word_;
  std::uint32_t mean_ratio_;  ///< Of the rows so far, in eighths.
  std::uint8_t pending_;
  std::uint8_t before_;  ///< The kind of the operation before.
  std::uint8_t length_class_;
};

}  // namespace codec
}  // namespace tmd
