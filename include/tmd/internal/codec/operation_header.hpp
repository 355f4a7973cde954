// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/internal/codec/context_tables.hpp"
#include "tmd/internal/codec/operation.hpp"
#include "tmd/internal/codec/output.hpp"
#include "tmd/internal/codec/residual_history.hpp"
#include "tmd/internal/codec/scaling.hpp"
#include "tmd/internal/codec/symbols.hpp"
#include "tmd/internal/codec/window.hpp"
#include "tmd/status.hpp"

namespace tmd {
namespace codec {

/// What a body says of an operation before the first of its bytes, and all state of a body: what is learned and what is
/// known where an operation begins. The coder is that of OperationCodec.
template <unsigned kCounters>
class OperationHeader {
 public:
  void begin(std::uint32_t counter_count, std::uint32_t base_length, std::uint32_t target_length) {
    symbols_.start(counter_count);
    base_length_ = base_length;
    target_length_ = target_length;
  }

  bool complete() const { return produced() == target_length_; }
  std::uint32_t produced() const { return output_.produced(); }
  const Operation& operation() const { return operation_; }
  /// The base's byte that a literal byte would be compared with now; may lie outside the base.
  std::uint32_t colocated() const { return produced() + base_shift_; }
  /// The next step begins another operation.
  bool between_operations() const { return remaining_ == 0 && !output_.waits(); }

 protected:
  template <class Coder>
  Status header(Coder& coder) {
    const Operation want = coder.operation();
    if (!header_kind(coder, want) || !header_source(coder, want)) return Status::body_malformed;
    if (has_elements(operation_.kind) && !header_elements(coder, want)) return Status::body_malformed;
    remaining_ = operation_.length;
    return Status::ok;
  }
  /// Kind, length, flags. False, as those below: malformed. Inline: one frame on the stack, 100 bytes of code less.
  template <class Coder>
  [[gnu::always_inline]] bool header_kind(Coder& coder, const Operation& want) {
    const unsigned before = static_cast<unsigned>(operation_.kind);
    Operation& next = operation_;
    Contexts contexts;
    header_contexts(contexts, 0, before + 8 * before_);
    before_ = static_cast<std::uint8_t>(before);
    const unsigned kind =
        symbols_.tree(coder, contexts, table::kKind + 8 * before, 3, static_cast<unsigned>(want.kind));
    next = Operation();
    next.kind = static_cast<OperationKind>(kind);
    const unsigned size = element_size(next.kind);
    const std::uint32_t elements = header_number(coder, table::kLength + (has_elements(next.kind) ? 32 : 0),
                                                 false, want.length / size - 1);
    if (elements >= (target_length_ - produced()) / size) return false;
    next.length = (elements + 1) * size;
    length_class_ = static_cast<std::uint8_t>(bit_length(elements + 1));
    for (unsigned i = 0; i < kOperationFlags; ++i) {
      bool Operation::*const is = kFlags[i].is;
      if (may(next.kind, i)) next.*is = flag(coder, kOperationFlags * kind + i, want.*is);
    }
    if (next.centred) next.centre = static_cast<std::uint8_t>(coder.raw(8, want.centre));
    return true;
  }
  /// Where it reads: in the target, relative to how far back the last one read; in the base, to where that went on.
  template <class Coder>
  [[gnu::always_inline]] bool header_source(Coder& coder, const Operation& want) {
    Operation& next = operation_;
    reads_ = reads_target(next) ? Reads::target : reads_base(next) ? Reads::base : Reads::nothing;
    if (reads_ == Reads::target) {
      const std::uint32_t expected = produced() - target_distance_;
      next.source = expected + header_number(coder, table::kTarget, true, want.source - expected);
      if (next.source >= produced()) return false;
      if (next.kind != OperationKind::copy_target && !fits(next.source, next.length, produced()))
        return false;
      target_distance_ = produced() - next.source;
    } else if (reads_ == Reads::base || next.kind == OperationKind::literal) {
      next.source = colocated() + header_number(coder, table::kBase, true, want.source - colocated());
      if (reads_ == Reads::base && !fits(next.source, next.length, base_length_)) return false;
      base_shift_ = next.source - produced();
    }
    return true;
  }
  /// How its elements relate to each other. What was learned of earlier elements is forgotten.
  template <class Coder>
  [[gnu::always_inline]] bool header_elements(Coder& coder, const Operation& want) {
    Operation& next = operation_;
    next.stride = header_number(coder, table::kStride, false, want.stride);
    if (next.stride > kLongestStride) return false;
    if (next.scaled) next.row = header_number(coder, table::kRow, false, want.row);
    if (next.predicted) {
      Contexts contexts;
      header_contexts(contexts, table::kFilter, 0);
      next.filter.code = static_cast<std::uint8_t>(
          symbols_.tree(coder, contexts, table::kFilter, kFilterBits, want.filter.code));
    }
    row_predictor_.forget(next.filter);
    if (row_predictor_.rows() != 0) {
      next.above = next.row != 0 ? next.row : header_number(coder, table::kRow, false, want.above);
      if (next.above < kRowWindow || next.above > kLongestRow) return false;
    }
    residuals_.forget();
    deltas_.forget(row_predictor_.rows() != 0);
    after_zero_ = false;
    row_left_ = 0;
    ratio_.mantissa = kCoarseOne;
    mean_ratio_ = 8 * kCoarseOne;
    return true;
  }

  /// What is known before a part of the header: which part it is, the operation before, and what this one said so
  /// far.
  void header_contexts(Contexts& contexts, unsigned which, unsigned other) const {
    const std::uint32_t part = 0x01000000U + (which << 8);
    contexts.hash[0] = part;
    contexts.hash[1] = part + static_cast<unsigned>(operation_.kind);
    contexts.hash[2] = part + before_;
    contexts.hash[3] = part + length_class_;
    contexts.hash[4] = part + 0x00800000U + other;
    contexts.count = kHashedModels;
    contexts.weights = weights::kHeader + 3;
    symbols_.locate(contexts);
  }
  template <class Coder>
  bool flag(Coder& coder, unsigned which, bool want) {
    Contexts contexts;
    header_contexts(contexts, table::kFlags + which, 0);
    return symbols_.code_bit(coder, contexts, table::kFlags + which, 0, want ? 1U : 0U) != 0;
  }
  template <class Coder>
  std::uint32_t header_number(Coder& coder, unsigned where, bool has_sign, std::uint32_t want) {
    Contexts contexts;
    header_contexts(contexts, where, base_shift_);
    return symbols_.number(coder, contexts, header_symbol(where, has_sign), want);
  }

  static constexpr std::uint32_t kCoarseOne = 1024;
  /// What the operation reads, as `reads_base` and `reads_target` say.
  enum class Reads : std::uint8_t { nothing, base, target };

  // No initial values: an object that is made with () or {} is zero, and that in one stroke. The small ones come
  // first: processors reach them with short instructions.
  Operation operation_;
  bool after_zero_;      ///< The last element was zero, where that is asked.
  std::uint8_t before_;  ///< The kind of the operation before.
  std::uint8_t length_class_;
  Reads reads_;
  Output output_;
  std::uint32_t base_length_;
  std::uint32_t target_length_;
  std::uint32_t remaining_;
  std::uint32_t row_left_;
  std::uint32_t base_shift_;  ///< Where the last base operation read, relative to where it wrote.
  std::uint32_t target_distance_;
  std::uint32_t mean_ratio_;  ///< Of the rows so far, in eighths.
  Ratio ratio_;
  std::uint16_t ratios_above_[kMostRows];  ///< Mantissas of the rows above, the last one first.
  ResidualHistory residuals_;
  RowPredictor row_predictor_;
  Window<51> window_;
  RecentDeltas deltas_;
  Symbols<kCounters, weights::kEnd> symbols_;
};

}  // namespace codec
}  // namespace tmd
