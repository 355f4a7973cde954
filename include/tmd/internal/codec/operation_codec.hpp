// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/internal/codec/context_tables.hpp"
#include "tmd/internal/codec/literal.hpp"
#include "tmd/internal/codec/operation.hpp"
#include "tmd/internal/codec/operation_header.hpp"
#include "tmd/internal/codec/pruned_weight.hpp"
#include "tmd/internal/codec/read_window.hpp"
#include "tmd/internal/codec/residual_history.hpp"
#include "tmd/internal/codec/scaling.hpp"
#include "tmd/internal/codec/symbols.hpp"
#include "tmd/internal/codec/whole_float.hpp"
#include "tmd/internal/codec/window.hpp"

namespace tmd {
namespace codec {

/// Everything that a body means: the same steps for the decoder and for the encoder, which differ in the
/// coder they pass in. A coder offers
///   unsigned code_bit(probability, bit);   // codes one bit and returns it
///   std::uint32_t raw(bits, number);  // the low bits of a number, as likely 0 as 1
///   Operation operation();            // what to code next, where it encodes
///   Ratio ratio(position);            // the ratio of the row that begins here, where it encodes
///   std::uint8_t byte(position);      // the target's byte, where it encodes
/// Trivially copyable, with all state: a copy is a checkpoint, or a planner's trial.
template <unsigned kCounters>
class OperationCodec : public OperationHeader<kCounters> {
  using Header = OperationHeader<kCounters>;
  using Reads = typename Header::Reads;

 public:
  using Header::produced;

  /// Codes one element, one stretch of a copy, or one operation's header. `ok`: there was progress. `io` has room for
  /// a byte.
  template <class Coder, class Io>
  Status step(Coder& coder, Io& io) {
    if (output_.waits()) {
      output_.put_waiting(io);
      return Status::ok;
    }
    if (remaining_ == 0) return this->header(coder);
    if (operation_.kind <= OperationKind::copy_target) return copy(io);
    if (operation_.kind == OperationKind::literal) return literal(coder, io);
    if (row_left_ == 0 && operation_.scaled) return row_ratio(coder);
    return element(coder, io);
  }

 private:
  /// A ratio for the next row: for bytes coarse, near the running mean; for words a mantissa of one to four
  /// bytes, its leading 1 left out.
  template <class Coder>
  Status row_ratio(Coder& coder) {
    const Ratio want = coder.ratio(produced());
    if (operation_.kind == OperationKind::delta8) {
      // Modulo 2^32: what a hostile body says is not a sensible ratio, but harmless.
      const std::uint32_t mean = mean_ratio_ >> 3;
      for (unsigned i = kMostRows - 1; i > 0; --i) ratios_above_[i] = ratios_above_[i - 1];
      ratios_above_[0] = static_cast<std::uint16_t>(ratio_.mantissa);
      ratio_.mantissa = mean + this->header_number(coder, table::kRatio, true, want.mantissa - mean);
      mean_ratio_ += ratio_.mantissa - mean;
      deltas_.turn();
    } else {
      ratio_.shift =
          static_cast<std::uint8_t>(this->header_number(coder, table::kShift, false, want.shift) & 63U);
      // Zero bytes at the mantissa's end are not sent.
      const unsigned dropped = 8 * coder.raw(2, trailing_zero_bytes(want.mantissa));
      ratio_.mantissa = (0x80000000U >> dropped | coder.raw(31 - dropped, want.mantissa >> dropped))
                        << dropped;
    }
    row_left_ = operation_.row == 0 ? remaining_ / element_size(operation_.kind) : operation_.row;
    return Status::ok;
  }

  /// The first byte of base and target that is still there.
  template <class Io>
  std::uint32_t read_floor(const Io& io) const {
    return read_floor_of(io, produced(), 0);
  }
  /// Makes `length` bytes of the source readable at `window_.at(source_at())`.
  template <class Io>
  Status cache(Io& io, std::uint32_t length) {
    const bool of_target = reads_ == Reads::target;
    if (operation_.kind != OperationKind::literal && source_at() < read_floor(io))
      return Status::body_malformed;
    return window_.cache(io, of_target, source_at(), length, of_target ? produced() : base_length_);
  }
  std::uint32_t source_at() const { return operation_.source + (operation_.length - remaining_); }

  template <class Io>
  Status copy(Io& io) {
    const Status status = cache(io, 1);
    if (status != Status::ok) return status;
    std::uint32_t count = window_.cached(source_at());
    if (count > remaining_) count = remaining_;
    if (count > io.room()) count = io.room();
    const std::uint8_t* bytes = window_.at(source_at());
    for (std::uint32_t i = 0; i < count; ++i) output_.put(io, bytes[i]);
    remaining_ -= count;
    return Status::ok;
  }

  template <class Coder, class Io>
  Status literal(Coder& coder, Io& io) {
    unsigned expected = kNoByte;
    if (source_at() < base_length_ && source_at() >= read_floor(io)) {
      const Status status = cache(io, 1);
      if (status != Status::ok) return status;
      expected = *window_.at(source_at());
    }
    output_.put(
        io, literal_byte(coder, symbols_, produced(), expected, coder.byte(produced()), operation_.averaged));
    --remaining_;
    return Status::ok;
  }

  template <class Coder, class Io>
  Status element(Coder& coder, Io& io) {
    if (deltas_.known() < row_predictor_.rows()) return row_above(io);
    const unsigned size = element_size(operation_.kind);
    std::uint32_t source = 0;
    if (reads_ != Reads::nothing) {
      const Status status = cache(io, size);
      if (status != Status::ok) return status;
      const std::uint8_t* const bytes = window_.at(source_at());
      source = size == 1 ? static_cast<std::uint32_t>(centred(*bytes)) : load_le32(bytes);
    }
    std::uint32_t value = coder.byte(produced());
    for (unsigned i = 1; i < size; ++i)
      value |= static_cast<std::uint32_t>(coder.byte(produced() + i)) << (8 * i);
    if (size == 1) value = static_cast<std::uint32_t>(centred(value));
    if (operation_.scaled) --row_left_;
    if (operation_.sparse && is_pruned(coder, source, value)) {
      deltas_.remember(0);
    } else if (operation_.kind == OperationKind::weights32) {
      value = whole_float(coder, symbols_, residuals_, value);
    } else if (size == 1) {
      value = byte(coder, source, value);
    } else {
      value = code_word(coder, source, value);
    }
    if (size == 1) {
      output_.put(io, static_cast<std::uint8_t>(value + operation_.centre));
    } else {
      output_.put_word(io, value, size);
    }
    remaining_ -= size;
    return Status::ok;
  }

  /// How far a byte is from what stands for 0.
  std::int32_t centred(std::uint32_t byte) const { return signed_byte(byte - operation_.centre); }

  /// Works out how the next elements of one row above moved; not at all where that lies before the operation.
  template <class Io>
  Status row_above(Io& io) {
    const unsigned row = deltas_.known();
    std::int8_t* const deltas = deltas_.row(row);
    std::uint8_t bytes[2 * kRowWindow];  // of the target, then of the base
    const std::uint8_t* base = bytes;    // where it has no part: times 0
    const std::uint32_t back = (row + 1) * operation_.above;
    bool begun = operation_.length - remaining_ >= back;
    // What was read once may be gone when the rows below are produced.
    const std::uint32_t lowest = reads_ == Reads::base && source_at() < produced() ? source_at() : produced();
    if (begun && lowest - back < read_floor(io)) begun = false;
    std::uint32_t ratio = 0;
    if (!begun) {
      for (std::uint8_t& byte : bytes) byte = operation_.centre;
    } else {
      Status status = io.read_target(produced() - back, MutableBytes(bytes, kRowWindow));
      if (status == Status::ok && reads_ == Reads::base) {
        status = io.read_base(source_at() - back, MutableBytes(bytes + kRowWindow, kRowWindow));
        base += kRowWindow;
        ratio = ratio_.mantissa;
      }
      if (status != Status::ok) return status;
    }
    if (operation_.row != 0) ratio = ratios_above_[row];
    const std::uint32_t centre = operation_.centre;
    for (unsigned i = 0; i < kRowWindow; ++i) {
      const std::int32_t plain = scaled_byte(signed_byte(base[i] - centre), ratio);
      deltas[i] = rounded_delta(delta_of(signed_byte(bytes[i] - centre), plain));
    }
    deltas_.know(row + 1);
    return Status::ok;
  }

  template <class Coder>
  bool is_pruned(Coder& coder, std::uint32_t source, std::uint32_t& value) {
    const bool is_float = operation_.kind >= OperationKind::float32;
    after_zero_ = pruned_weight(coder, symbols_, is_float, after_zero_, residuals_.last(), source, value);
    return after_zero_;
  }

  /// A signed byte. All but the value is in eighths.
  template <class Coder>
  std::uint32_t byte(Coder& coder, std::uint32_t source, std::uint32_t want) {
    const std::int32_t plain = scaled_byte(static_cast<std::int32_t>(source), ratio_.mantissa);
    const std::int32_t expected =
        operation_.predicted ? row_predictor_.expected(operation_.stride, deltas_) : 0;
    const std::int32_t rounded = clamped(plain + expected + 4, 8 * 127);
    const std::uint32_t prediction = static_cast<std::uint32_t>(rounded >> 3);
    const std::uint32_t residual =
        difference(coder, source, static_cast<unsigned>(rounded - 4) & 7U, extended(want - prediction));
    const std::int32_t value = signed_byte(prediction + residual);
    const std::int32_t delta = delta_of(value, plain);
    if (operation_.predicted) row_predictor_.learn(delta - expected);
    deltas_.remember(rounded_delta(delta));
    return static_cast<std::uint32_t>(value);
  }

  /// An integer, or a float as an integer in the same order.
  template <class Coder>
  std::uint32_t code_word(Coder& coder, std::uint32_t source, std::uint32_t want) {
    const bool is_float = operation_.kind == OperationKind::float32;
    std::uint32_t prediction = source;
    if (operation_.scaled)
      prediction = is_float ? scaled_float(source, ratio_) : scaled_integer(source, ratio_);
    if (is_float) {
      prediction = ordered_float(prediction);
      want = ordered_float(want);
    }
    const std::uint32_t residual = difference(coder, source, 0, want - prediction);
    deltas_.remember(signed_quantised(residual));
    return is_float ? float_of_ordered(prediction + residual) : prediction + residual;
  }

  template <class Coder>
  std::uint32_t difference(Coder& coder, std::uint32_t source, unsigned fraction, std::uint32_t want) {
    Contexts contexts;
    const std::int32_t delta = deltas_.back(operation_.stride);
    const Symbol symbol = residuals_.symbol(operation_, source, fraction, delta, contexts);
    symbols_.locate(contexts);
    const std::uint32_t residual = symbols_.number(coder, contexts, symbol, want);
    residuals_.remember(operation_, source, residual);
    return residual;
  }

  using Header::after_zero_;
  using Header::base_length_;
  using Header::deltas_;
  using Header::mean_ratio_;
  using Header::operation_;
  using Header::output_;
  using Header::ratio_;
  using Header::ratios_above_;
  using Header::reads_;
  using Header::remaining_;
  using Header::residuals_;
  using Header::row_left_;
  using Header::row_predictor_;
  using Header::symbols_;
  using Header::window_;
};

}  // namespace codec
}  // namespace tmd
