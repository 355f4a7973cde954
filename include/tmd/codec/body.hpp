// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/codec/operation.hpp"
#include "tmd/codec/predictor.hpp"
#include "tmd/codec/scaling.hpp"
#include "tmd/codec/window.hpp"

namespace tmd {
namespace codec {

/// Where the models with a place of their own live: the first `k…` of each symbol.
namespace place {
constexpr unsigned kKind = 0;                    // 8 previous kinds x 8 nodes
constexpr unsigned kFlags = kKind + 64;          // 8 kinds x 4 flags
constexpr unsigned kLength = kFlags + 32;        // 8 kinds x 16 nodes
constexpr unsigned kShift = kLength + 128;       // base and target x 16 nodes
constexpr unsigned kRow = kShift + 32;           // 16 nodes
constexpr unsigned kStride = kRow + 16;          // 16 nodes
constexpr unsigned kRatio = kStride + 16;        // fine, coarse first, coarse later x 16 nodes
constexpr unsigned kLiteral = kRatio + 48;       // 4 places x 24
constexpr unsigned kDelta = kLiteral + 96;       // 13 levels x 18 nodes
constexpr unsigned kWeights = kDelta + 13 * 18;  // the same for new weights
constexpr unsigned kWord = kWeights + 13 * 18;   // integers, floats, each plain and scaled x 40
constexpr unsigned kWhole = kWord + 160;
constexpr unsigned kSpare = kWhole + 1;     // 4 nodes
constexpr unsigned kMantissa = kSpare + 4;  // 16 sizes of numbers
constexpr unsigned kEnd = kMantissa + 16;
}  // namespace place

/// The sets of mixing weights.
namespace weights {
constexpr unsigned kHeader = 0;
constexpr unsigned kLiteral = 1;   // 8 bits
constexpr unsigned kDelta = 9;     // 4
constexpr unsigned kWeights = 13;  // 4
constexpr unsigned kWord = 17;     // 4
constexpr unsigned kEnd = 21;
}  // namespace weights

constexpr std::uint32_t bit_length(std::uint32_t value) {
  return value != 0 ? 32U - static_cast<std::uint32_t>(__builtin_clz(value)) : 0U;
}

/// Everything that a body means: the same steps for the decoder and for the encoder, which differ in the
/// coder they pass in. A coder offers
///   unsigned bit(probability, bit);   // codes one bit and returns it
///   Operation operation();            // what to code next, where it encodes
///   std::uint8_t byte(position);      // the target's byte, where it encodes
/// Trivially copyable, and all state is here: a copy is a checkpoint, or a planner's trial.
template <unsigned kHashedSlots>
class Body {
 public:
  void begin(std::uint32_t hashed_slots, std::uint32_t base_length, std::uint32_t target_length) {
    predictor_.start(hashed_slots);
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
    if (row_left_ == 0 && operation_.scaled) return row_ratio(coder);
    switch (operation_.kind) {
      case OperationKind::copy_base:
      case OperationKind::copy_target:
        return copy(io);
      case OperationKind::literal:
        return literal(coder, io);
      case OperationKind::delta8:
      case OperationKind::weights8:
        return small_element(coder, io);
      default:
        return word_element(coder, io);
    }
  }

 private:
  template <class Coder>
  Status head(Coder& coder) {
    const Operation want = coder.operation();
    Operation next;
    Contexts contexts;
    contexts.weights = weights::kHeader;
    contexts.direct = static_cast<std::uint16_t>(place::kKind + 8 * static_cast<unsigned>(operation_.kind));
    contexts.hash[0] =
        hash_of(0, static_cast<unsigned>(operation_.kind), static_cast<unsigned>(previous_kind_));
    contexts.hash[1] = hash_of(1, static_cast<unsigned>(operation_.kind), length_class_);
    contexts.hash[2] = hash_of(2, produced_ & 3U, 0);
    contexts.hash[3] = hash_of(3, 0, 0);
    contexts.hash[4] = hash_of(4, static_cast<unsigned>(operation_.kind), 0);
    predictor_.place(contexts);
    next.kind = static_cast<OperationKind>(tree(coder, contexts, 3, static_cast<unsigned>(want.kind)));
    const unsigned kind = static_cast<unsigned>(next.kind);

    const unsigned flags = kind * 4;
    if (next.kind >= OperationKind::delta8 && next.kind != OperationKind::weights8 &&
        next.kind != OperationKind::weights32) {
      next.scaled = flag(coder, flags, want.scaled);
    }
    if (next.kind == OperationKind::float32) next.from_target = flag(coder, flags + 2, want.from_target);

    const unsigned size = element_size(next.kind);
    const std::uint32_t elements =
        number(coder, place::kLength + 16 * kind, 8 + kind, want.length / size - 1);
    if (elements >= (target_length_ - produced_) / size) return Status::body_malformed;
    next.length = (elements + 1) * size;

    if (reads_base(next) || next.kind == OperationKind::literal) {
      const std::uint32_t expected = produced_ + base_shift_;
      const std::uint32_t moved =
          number(coder, place::kShift, 16, zigzag(static_cast<std::int32_t>(want.source - expected)));
      next.source = expected + unzigzag_bits(moved);
      if (reads_base(next) && !fits(next.source, next.length, base_length_)) return Status::body_malformed;
      base_shift_ = next.source - produced_;
    } else if (reads_target(next)) {
      const std::uint32_t expected = produced_ - target_distance_;
      const std::uint32_t moved =
          number(coder, place::kShift + 16, 17, zigzag(static_cast<std::int32_t>(want.source - expected)));
      next.source = expected + unzigzag_bits(moved);
      if (next.source >= produced_) return Status::body_malformed;
      if (next.kind != OperationKind::copy_target && !fits(next.source, next.length, produced_))
        return Status::body_malformed;
      target_distance_ = produced_ - next.source;
    }
    if (has_elements(next.kind)) {
      next.stride = number(coder, place::kStride, 22, want.stride);
      if (next.stride > kLongestStride) return Status::body_malformed;
      for (std::int8_t& difference : recent_) difference = 0;
      recent_at_ = 0;
    }
    if (next.scaled) {
      next.row = number(coder, place::kRow, 18, want.row);
    }
    previous_kind_ = operation_.kind;
    operation_ = next;
    remaining_ = next.length;
    length_class_ = static_cast<std::uint8_t>(bit_length(elements + 1));
    average_ = next.kind == OperationKind::weights8 ? 512 : 16;
    last_ = before_last_ = 0;
    row_left_ = 0;
    coarse_ = 0;
    return Status::ok;
  }

  template <class Coder>
  bool flag(Coder& coder, unsigned which, bool want) {
    Contexts contexts;
    contexts.weights = weights::kHeader;
    contexts.direct = static_cast<std::uint16_t>(place::kFlags + which);
    for (unsigned i = 0; i < kHashedModels; ++i)
      contexts.hash[i] = hash_of(5 + i, which, i == 0 ? length_class_ : 0);
    predictor_.place(contexts);
    return predictor_.bit(coder, contexts, 0, want ? 1U : 0U) != 0;
  }

  /// A ratio for the next row: coarse (10 fractional bits, near the running mean) for bytes; for words a
  /// mantissa of one to four bytes, its leading 1 left out.
  template <class Coder>
  Status row_ratio(Coder& coder) {
    const Ratio want = coder.ratio(produced_);
    if (operation_.kind == OperationKind::delta8) {
      // Modulo 2^32: the sum of what a hostile body says need not fit a signed number.
      const std::uint32_t mean = static_cast<std::uint32_t>(coarse_ / 8);
      const std::int32_t step = static_cast<std::int32_t>(want.mantissa - kCoarseOne - mean);
      const std::uint32_t moved = unzigzag_bits(number(coder, place::kRatio, 19, zigzag(step)));
      coarse_ = static_cast<std::int32_t>(static_cast<std::uint32_t>(coarse_) + moved);
      ratio_.mantissa = kCoarseOne + mean + moved;
      ratio_.shift = kCoarseBits;
    } else {
      ratio_.shift = static_cast<std::uint8_t>(number(coder, place::kRatio + 16, 20, want.shift) & 63U);
      // Trailing zero bytes of the mantissa are not sent.
      const std::uint32_t zeros = trailing_zero_bytes(want.mantissa);
      const std::uint32_t dropped = tree(coder, header_contexts(21), 2, zeros);
      const unsigned bits = 31 - 8 * dropped;
      ratio_.mantissa =
          (0x80000000U >> (8 * dropped)) | raw(coder, bits, (want.mantissa & 0x7FFFFFFFU) >> (8 * dropped));
      ratio_.mantissa <<= 8 * dropped;
    }
    row_left_ = operation_.row == 0 ? remaining_ / element_size(operation_.kind) : operation_.row;
    return Status::ok;
  }
  static constexpr std::uint32_t trailing_zero_bytes(std::uint32_t mantissa) {
    std::uint32_t count = 0;
    while (count < 3 && ((mantissa >> (8 * count)) & 0xFFU) == 0) ++count;
    return count;
  }

  /// `bits` bits, most significant first; the node is the path so far.
  template <class Coder>
  unsigned tree(Coder& coder, const Contexts& contexts, unsigned bits, unsigned want) {
    unsigned node = 1;
    for (unsigned i = bits; i-- > 0;)
      node = 2 * node + predictor_.bit(coder, contexts, node, (want >> i) & 1U);
    return node - (1U << bits);
  }

  template <class Coder>
  std::uint32_t raw(Coder& coder, unsigned bits, std::uint32_t want) {
    std::uint32_t value = 0;
    for (unsigned i = bits; i-- > 0;) value = 2 * value + coder.bit(32768, (want >> i) & 1U);
    return value;
  }

  Contexts header_contexts(unsigned which) const {
    Contexts contexts;
    contexts.weights = weights::kHeader;
    contexts.direct = place::kSpare;
    contexts.hash[0] = hash_of(10, which, length_class_);
    contexts.hash[1] = hash_of(11, which, static_cast<unsigned>(operation_.kind));
    contexts.hash[2] = hash_of(12, which, produced_ & 3U);
    contexts.hash[3] = hash_of(13, which);
    contexts.hash[4] = hash_of(14, which, base_shift_);
    predictor_.place(contexts);
    return contexts;
  }

  /// A number below 2^31 - 1: the class (bit length of number + 1) in a tree of 16, then the bits below the
  /// top one, two of them modelled.
  template <class Coder>
  std::uint32_t number(Coder& coder, unsigned where, unsigned which, std::uint32_t want) {
    Contexts contexts = header_contexts(which);
    contexts.direct = static_cast<std::uint16_t>(where);
    const std::uint32_t top = bit_length(want + 1) - 1;
    std::uint32_t size = tree(coder, contexts, 4, top < 15 ? top : 15);
    if (size == 15) size += raw(coder, 4, top - 15);
    std::uint32_t value = 1;
    for (std::uint32_t i = size; i-- > 0;) {
      const unsigned bit = ((want + 1) >> i) & 1U;
      if (size - i <= 3 && size < 15) {
        contexts.direct = static_cast<std::uint16_t>(place::kMantissa + size);
        value = 2 * value + predictor_.bit_at(coder, contexts, 16 + 16 * size + value, bit);
      } else {
        value = 2 * value + coder.bit(32768, bit);
      }
    }
    return value - 1;
  }

  template <class Io>
  Status copy(Io& io) {
    const bool from_base = operation_.kind == OperationKind::copy_base;
    const std::uint32_t at = operation_.source + (operation_.length - remaining_);
    const std::uint32_t limit = from_base ? base_length_ : produced_;
    const Status status = from_base ? hold_base(io, at, 1) : hold_target(io, at, 1, limit);
    if (status != Status::ok) return status;
    std::uint32_t count = from_base ? base_.held(at) : target_.held(at);
    const std::uint8_t* bytes = from_base ? base_.at(at) : target_.at(at);
    if (count > remaining_) count = remaining_;
    const std::uint32_t room = io.room();
    if (count > room) count = room;
    for (std::uint32_t i = 0; i < count; ++i) put(io, bytes[i]);
    remaining_ -= count;
    return Status::ok;
  }

  template <class Io>
  Status hold_base(Io& io, std::uint32_t at, std::uint32_t length) {
    return base_.hold(at, length, base_length_,
                      [&io](std::uint32_t o, MutableBytes b) { return io.read_base(o, b); });
  }
  template <class Io>
  Status hold_target(Io& io, std::uint32_t at, std::uint32_t length, std::uint32_t limit) {
    return target_.hold(at, length, limit,
                        [&io](std::uint32_t o, MutableBytes b) { return io.read_target(o, b); });
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

  template <class Coder, class Io>
  Status literal(Coder& coder, Io& io) {
    const std::uint32_t beside = produced_ + base_shift_;
    unsigned expected = 0;
    unsigned known = 0;
    if (beside < base_length_) {
      const Status status = hold_base(io, beside, 1);
      if (status != Status::ok) return status;
      expected = *base_.at(beside);
      known = 1;
    }
    const unsigned want = coder.byte(produced_);
    const std::uint32_t phase = produced_ & 3U;
    Contexts contexts;
    contexts.count = 3;
    contexts.hash[0] = hash_of(20, history_ & 0xFFU, phase);
    contexts.hash[1] = hash_of(21, expected + 256 * known, phase);
    contexts.hash[2] = hash_of(22, history_ >> 24, phase);
    predictor_.place(contexts);
    unsigned node = 1;
    unsigned agrees = known;
    for (unsigned i = 0; i < 8; ++i) {
      const unsigned guess = (expected >> (7 - i)) & 1U;
      contexts.weights = static_cast<std::uint16_t>(weights::kLiteral + i);
      contexts.direct =
          static_cast<std::uint16_t>(place::kLiteral + 24 * phase + 3 * i + (agrees != 0 ? 1 + guess : 0));
      // The node goes to the hashed models only: the direct model's place is already complete.
      const unsigned bit = predictor_.bit_at(coder, contexts, node, (want >> (7 - i)) & 1U);
      if (bit != guess) agrees = 0;
      node = 2 * node + bit;
    }
    put(io, static_cast<std::uint8_t>(node));
    --remaining_;
    return Status::ok;
  }

  template <class Coder, class Io>
  Status small_element(Coder& coder, Io& io) {
    std::int32_t base = 0;
    std::int32_t prediction = 0;
    unsigned fraction = 0;
    if (operation_.kind == OperationKind::delta8) {
      const std::uint32_t at = operation_.source + (operation_.length - remaining_);
      const Status status = hold_base(io, at, 1);
      if (status != Status::ok) return status;
      base = static_cast<std::int8_t>(*base_.at(at));
      prediction = base;
      if (operation_.scaled) {
        const std::int32_t fine =
            clamped(scaled_integer(base, Ratio{ratio_.mantissa, kCoarseBits - 3}), 127 * 8);
        prediction = (fine + 1024 * 8 + 4) / 8 - 1024;
        fraction = static_cast<unsigned>(clamped(fine - 8 * prediction, 4) + 4);
      }
    }
    const std::int32_t want =
        static_cast<std::int8_t>(coder.byte(produced_) - static_cast<unsigned>(prediction));
    const std::int32_t difference = small_difference(coder, base, fraction, want);
    put(io, static_cast<std::uint8_t>(prediction + difference));
    --remaining_;
    if (operation_.scaled) --row_left_;
    return Status::ok;
  }

  template <class Coder>
  std::int32_t small_difference(Coder& coder, std::int32_t base, unsigned fraction, std::int32_t want) {
    const bool alone = operation_.kind == OperationKind::weights8;
    const std::uint32_t level = level_of(average_);
    Contexts contexts;
    contexts.direct = static_cast<std::uint16_t>((alone ? place::kWeights : place::kDelta) + 18 * level);
    const std::uint32_t above =
        operation_.stride != 0 ? static_cast<std::uint32_t>(quantised(recent(operation_.stride)) + 64) : 0;
    if (alone) {
      contexts.rates = kSteadyRates;
      contexts.count = 3;
      contexts.hash[0] = hash_of(95, level);
      contexts.hash[1] = hash_of(96, above);
      contexts.hash[2] = hash_of(97, static_cast<std::uint32_t>(quantised(last_) + 64));
    } else {
      const std::uint32_t size =
          bit_length(static_cast<std::uint32_t>(base < 0 ? -base : base)) + (base < 0 ? 16U : 0U);
      const std::uint32_t last = static_cast<std::uint32_t>(clamped(last_, 12) + 12);
      const std::uint32_t before = static_cast<std::uint32_t>(clamped(before_last_, 12) + 12);
      contexts.hash[0] = hash_of(30, size, fraction);
      contexts.hash[1] = hash_of(31, last, level);
      contexts.hash[2] = hash_of(32, last + 32 * before);
      contexts.hash[3] = hash_of(33, above + 128 * fraction, level);
      contexts.hash[4] = hash_of(34, size, above);
    }
    predictor_.place(contexts);
    const unsigned set = alone ? weights::kWeights : weights::kDelta;

    const std::uint32_t magnitude_want = static_cast<std::uint32_t>(want < 0 ? -want : want);
    std::uint32_t magnitude = 0;
    bool negative = false;
    std::uint32_t top = 0;
    contexts.weights = static_cast<std::uint16_t>(set);
    if (alone) {
      top = tree(coder, contexts, 3, bit_length(magnitude_want | 1U) - 1);
      contexts.weights = static_cast<std::uint16_t>(set + 1);
    }
    if (top > 0 || predictor_.bit(coder, contexts, 0, want != 0 ? 1U : 0U) != 0) {
      if (alone) {
        negative = predictor_.bit(coder, contexts, 8, want < 0 ? 1U : 0U) != 0;
      } else {
        contexts.weights = static_cast<std::uint16_t>(set + 1);
        negative = predictor_.bit(coder, contexts, 1, want < 0 ? 1U : 0U) != 0;
        contexts.weights = static_cast<std::uint16_t>(set + 2);
        const std::uint32_t top_want = bit_length(magnitude_want) - 1;
        while (top < 7 && predictor_.bit(coder, contexts, 2 + top, top < top_want ? 1U : 0U) != 0) ++top;
      }
      contexts.weights = static_cast<std::uint16_t>(set + 3);
      magnitude = 1;
      for (std::uint32_t i = top; i-- > 0;) {
        const unsigned bit = (magnitude_want >> i) & 1U;
        if (top - i > 2) {
          magnitude = 2 * magnitude + raw(coder, 1, bit);
          continue;
        }
        const std::uint16_t direct = contexts.direct;
        const unsigned node = 16 + 256 * (top - i) + 8 * magnitude + top;
        contexts.direct = static_cast<std::uint16_t>(direct + 9 + (top == i + 1 ? top : 8));
        magnitude = 2 * magnitude + predictor_.bit_at(coder, contexts, node, bit);
        contexts.direct = direct;
      }
    }
    const std::int32_t difference =
        negative ? -static_cast<std::int32_t>(magnitude) : static_cast<std::int32_t>(magnitude);
    average_ =
        static_cast<std::uint16_t>(average_ + ((static_cast<std::int32_t>(magnitude * 16) - average_) / 8));
    before_last_ = last_;
    last_ = static_cast<std::int16_t>(difference);
    remember(difference);
    return difference;
  }

  /// The difference `back` elements ago, limited to a signed byte.
  std::int32_t recent(std::uint32_t back) const { return recent_[(recent_at_ - back) % kLongestStride]; }
  void remember(std::int32_t difference) {
    recent_[recent_at_ % kLongestStride] = static_cast<std::int8_t>(clamped(difference, 127));
    recent_at_ = static_cast<std::uint8_t>((recent_at_ + 1) % kLongestStride);
  }

  static constexpr std::int32_t clamped(std::int32_t value, std::int32_t limit) {
    return value > limit ? limit : value < -limit ? -limit : value;
  }
  /// Small differences as they are, larger ones by half powers of two.
  static constexpr std::int32_t quantised(std::int32_t difference) {
    const std::int32_t magnitude = difference < 0 ? -difference : difference;
    std::int32_t step = magnitude;
    if (magnitude > 3) {
      const std::int32_t size = static_cast<std::int32_t>(bit_length(static_cast<std::uint32_t>(magnitude)));
      step = 2 * size - 2 + ((magnitude >> (size - 2)) & 1);
    }
    return difference < 0 ? -step : step;
  }
  /// Thirteen steps of the running magnitude (16 stands for 1), two for each doubling at first.
  static constexpr std::uint32_t level_of(std::uint32_t average) {
    const std::uint32_t size = bit_length(average);
    if (size < 3) return 0;
    if (size < 7) return 2 * (size - 3) + 1 + ((average >> (size - 2)) & 1U);
    const std::uint32_t level = size + 2;
    return level < 12 ? level : 12;
  }

  template <class Coder, class Io>
  Status word_element(Coder& coder, Io& io) {
    std::uint32_t prediction = 0;
    std::uint32_t source = 0;
    const std::uint32_t at = operation_.source + (operation_.length - remaining_);
    if (reads_base(operation_)) {
      const Status status = hold_base(io, at, 4);
      if (status != Status::ok) return status;
      source = load_le32(base_.at(at));
    } else if (reads_target(operation_)) {
      const Status status = hold_target(io, at, 4, produced_);
      if (status != Status::ok) return status;
      source = load_le32(target_.at(at));
    }
    prediction = source;
    const bool is_float = operation_.kind != OperationKind::delta32;
    if (operation_.scaled) {
      prediction =
          is_float ? scaled_float(source, ratio_)
                   : static_cast<std::uint32_t>(scaled_integer(static_cast<std::int32_t>(source), ratio_));
    }
    if (is_float) prediction = ordered_float(prediction);
    std::uint32_t want = static_cast<std::uint32_t>(coder.byte(produced_)) |
                         static_cast<std::uint32_t>(coder.byte(produced_ + 1)) << 8 |
                         static_cast<std::uint32_t>(coder.byte(produced_ + 2)) << 16 |
                         static_cast<std::uint32_t>(coder.byte(produced_ + 3)) << 24;
    if (is_float) want = ordered_float(want);
    std::uint32_t word = operation_.kind == OperationKind::weights32
                             ? whole_word(coder, want)
                             : prediction + word_difference(coder, source, is_float, want - prediction);
    if (is_float) word = float_of_ordered(word);
    remaining_ -= 4;
    if (operation_.scaled) --row_left_;
    pending_word_ = word;
    pending_ = 4;
    return put_pending(io);
  }

  template <class Coder>
  std::uint32_t word_difference(Coder& coder, std::uint32_t source, bool is_float, std::uint32_t want) {
    const std::uint32_t size =
        is_float ? (source >> 23) & 0xFFU : bit_length(source & 0x80000000U ? 0U - source : source);
    const std::uint32_t tag = (is_float ? 64U : 0U) + (operation_.scaled ? 128U : 0U);
    Contexts contexts;
    const unsigned place = place::kWord + (is_float ? 80U : 0U) + (operation_.scaled ? 40U : 0U);
    contexts.direct = static_cast<std::uint16_t>(place);
    contexts.weights = static_cast<std::uint16_t>(weights::kWord + (is_float ? 2 : 0));
    contexts.hash[0] = hash_of(40 + tag, size);
    contexts.hash[1] = hash_of(41 + tag, static_cast<std::uint32_t>(last_));
    contexts.hash[2] =
        hash_of(42 + tag, static_cast<std::uint32_t>(last_), static_cast<std::uint32_t>(before_last_));
    contexts.hash[3] = hash_of(43 + tag, (average_ / 16 - size) & 0xFFU);
    contexts.hash[4] = hash_of(
        44 + tag, operation_.stride != 0 ? static_cast<std::uint32_t>(recent(operation_.stride) + 256) : 0);
    predictor_.place(contexts);
    const bool negative_want = (want & 0x80000000U) != 0;
    const std::uint32_t magnitude_want = negative_want ? 0U - want : want;
    const std::uint32_t top_want = bit_length(magnitude_want);  // 0 to 32
    unsigned top = 0;
    if (predictor_.bit(coder, contexts, 0, top_want != 0 ? 1U : 0U) != 0)
      top = tree(coder, contexts, 5, top_want - 1) + 1;
    std::uint32_t magnitude = 0;
    bool negative = false;
    if (top > 0) {
      contexts.weights = static_cast<std::uint16_t>(contexts.weights + 1);
      negative = predictor_.bit(coder, contexts, 33, negative_want ? 1U : 0U) != 0;
      magnitude = 1;
      contexts.direct = static_cast<std::uint16_t>(place + 34);
      for (std::uint32_t i = top - 1; i-- > 0;) {
        const unsigned bit = (magnitude_want >> i) & 1U;
        if (top - 1 - i <= 2) {
          magnitude = 2 * magnitude + predictor_.bit_at(coder, contexts, 64 + 8 * top + magnitude, bit);
        } else {
          magnitude = 2 * magnitude + coder.bit(32768, bit);
        }
      }
    }
    remember(static_cast<std::int32_t>(top) * (negative ? -1 : 1));
    before_last_ = last_;
    last_ = static_cast<std::int16_t>(top);
    const std::int32_t sum = static_cast<std::int32_t>((top + size) * 16);
    average_ = static_cast<std::uint16_t>(average_ == 16 ? sum : average_ + (sum - average_) / 4);
    return negative ? 0U - magnitude : magnitude;
  }

  /// A float without a prediction: its sign, exponent and first bits modelled, the others as they are.
  template <class Coder>
  std::uint32_t whole_word(Coder& coder, std::uint32_t want) {
    Contexts contexts;
    contexts.direct = place::kWhole;
    contexts.weights = weights::kWord + 2;
    contexts.hash[0] = hash_of(50, static_cast<std::uint32_t>(last_));
    contexts.hash[1] =
        hash_of(51, static_cast<std::uint32_t>(last_), static_cast<std::uint32_t>(before_last_));
    contexts.hash[2] = hash_of(52, 0);
    contexts.hash[3] = hash_of(53, row_left_);
    contexts.hash[4] = hash_of(54, history_ & 0x80FFU);
    predictor_.place(contexts);
    std::uint32_t value = 1;
    for (unsigned i = 0; i < 12; ++i)
      value = 2 * value + predictor_.bit_at(coder, contexts, value, (want >> (31 - i)) & 1U);
    before_last_ = last_;
    last_ = static_cast<std::int16_t>((value >> 3) & 0xFFU);
    std::uint32_t low = raw(coder, 20, want & 0xFFFFFU);
    return (value << 20) | low;
  }

  static constexpr std::uint8_t kCoarseBits = 10;
  static constexpr std::uint32_t kCoarseOne = 1U << kCoarseBits;

  Predictor<kHashedSlots, weights::kEnd> predictor_;
  Window<64> base_;
  Window<64> target_;
  Operation operation_;
  OperationKind previous_kind_ = OperationKind::copy_base;
  Ratio ratio_;
  std::uint32_t base_length_ = 0;
  std::uint32_t target_length_ = 0;
  std::uint32_t produced_ = 0;
  std::uint32_t remaining_ = 0;
  std::uint32_t row_left_ = 0;
  std::uint32_t base_shift_ = 0;  ///< Where the last base operation read, relative to where it wrote.
  std::uint32_t target_distance_ = 0;
  std::uint32_t history_ = 0;
  std::uint32_t pending_word_ = 0;
  std::int32_t coarse_ = 0;
  std::uint16_t average_ = 0;
  std::int16_t last_ = 0;
  std::int16_t before_last_ = 0;
  std::uint8_t pending_ = 0;
  std::uint8_t recent_at_ = 0;
  std::int8_t recent_[kLongestStride] = {};  ///< Differences of the last elements, a ring.
  std::uint8_t length_class_ = 0;
};

}  // namespace codec
}  // namespace tmd
