// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/codec/context_tables.hpp"
#include "tmd/internal/codec/row_predictor.hpp"

namespace tmd {
namespace codec {

/// Small sizes as they are, larger ones by half powers of two: at most 63.
constexpr std::int32_t quantised(std::uint32_t magnitude) {
  if (magnitude < 4) return static_cast<std::int32_t>(magnitude);
  const std::uint32_t size = bit_length(magnitude);
  return static_cast<std::int32_t>(2 * size - 2 + ((magnitude >> (size - 2)) & 1U));
}
/// The same with the sign.
constexpr std::int32_t signed_quantised(std::uint32_t value) {
  if (value + 3 < 7) return static_cast<std::int32_t>(value);  // nearly all are
  return value >> 31 != 0 ? -quantised(0U - value) : quantised(value);
}

/// How far the last elements of an operation were from their predictions: what is known about how far the next
/// one will be.
class ResidualHistory {
 public:
  /// At the start of an operation.
  void forget() {
    average_ = 0;
    last_ = before_last_ = 0;
    begun_ = false;
  }

  /// What is known before a difference. `source`: what it is a difference from; `fraction`: what rounding the
  /// prediction dropped; `delta`: the one a stride back.
  Symbol symbol(const Operation& operation, std::uint32_t source, unsigned fraction, std::int32_t delta,
                Contexts& contexts) const {
    const bool words = operation.kind >= OperationKind::delta32;
    const bool alone = operation.kind == OperationKind::weights8;
    const std::uint32_t level = level_of(words, scale_of(operation, source));
    if (!words) delta = signed_quantised(static_cast<std::uint32_t>(delta));
    const std::uint32_t part =
        0x03000000U + (static_cast<std::uint32_t>(operation.kind) << 17) + (operation.scaled ? 0x10000U : 0U);
    const std::uint32_t above = part + ((static_cast<std::uint32_t>(delta) & 0xFFU) << 8);
    // The values themselves: their statistics do not drift, and what came last says nothing.
    contexts.rates = alone ? kSteadyRates.of : operation.slow ? kSlowRates.of : kUsualRates.of;
    contexts.averaged = operation.averaged;
    contexts.count = 2;
    contexts.hash[0] = part + (level << 12) + fraction;
    contexts.hash[1] = above + (alone ? 0U : level);
    if (!operation.averaged) {
      const std::uint32_t size =
          operation.kind == OperationKind::float32
              ? (source >> 23) & 0xFFU
              : bit_length(source >> 31 != 0 ? 0U - source : source) + (source >> 31 << 5);
      const std::uint32_t last = part + ((static_cast<std::uint32_t>(last_) & 0xFFU) << 8);
      contexts.hash[0] = part + (size << 8) + fraction;
      contexts.hash[2] = last + level;
      contexts.hash[3] = last + (static_cast<std::uint32_t>(before_last_) & 0xFFU);
      contexts.hash[4] = above + size;
      if (!alone) contexts.count = kHashedModels;
    }
    Symbol symbol =
        kElementSymbols[static_cast<unsigned>(operation.kind) - static_cast<unsigned>(OperationKind::delta8)];
    const std::uint32_t row =
        words ? (operation.scaled ? 65U : 0U) : (level < 15 ? level : 15U) / (alone ? 4U : 2U) * 17U;
    symbol.place = static_cast<std::uint16_t>(symbol.place + row);
    return symbol;
  }

  /// What the difference was.
  void remember(const Operation& operation, std::uint32_t source, std::uint32_t difference) {
    const std::int32_t size = signed_quantised(difference);
    const std::int32_t now = 16 * ((size < 0 ? -size : size) + scale_of(operation, source));
    average_ = static_cast<std::int16_t>(average_ + (begun_ ? (now - average_) / 16 : now));
    begun_ = true;
    remember_size(size);
  }
  /// For what is not a difference: all that matters is what came last.
  void remember_size(std::int32_t size) {
    before_last_ = last_;
    last_ = static_cast<std::int8_t>(size);
  }
  std::uint32_t last() const { return static_cast<std::uint8_t>(last_); }
  std::uint32_t before_last() const { return static_cast<std::uint8_t>(before_last_); }

 private:
  /// A training step of one size moves small floats by more units of the last place: the running size is
  /// relative to the exponent.
  static std::int32_t scale_of(const Operation& operation, std::uint32_t source) {
    return operation.kind == OperationKind::float32 ? static_cast<std::int32_t>((source >> 22) & 0x1FEU) : 0;
  }
  /// The running size of the differences.
  std::uint32_t level_of(bool words, std::int32_t scale) const {
    const std::int32_t average = average_ - 16 * scale;
    if (words) return static_cast<std::uint32_t>(average >> 4) & 0xFFU;
    return static_cast<std::uint32_t>(quantised(static_cast<std::uint32_t>(average)));
  }

  std::int16_t average_;
  std::int8_t last_;
  std::int8_t before_last_;
  bool begun_;
};

}  // namespace codec
}  // namespace tmd
