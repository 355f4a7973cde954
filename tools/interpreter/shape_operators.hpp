// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "interpreter/layer_operators.hpp"
#include "interpreter/movement.hpp"
#include "interpreter/status.hpp"

namespace tmd::host::interpreter {

/// Operators that move elements without computing with them.
struct ShapeOperators {
  FlatTable options;
  Operand input, output;
  bool run = false;

  /// RESHAPE, EXPAND_DIMS, SQUEEZE: the same elements under another shape, which the file states.
  InterpreterStatus copy() const {
    if (input.view.count != output.view.count || !output.is(input.view.type))
      return InterpreterStatus::malformed;
    if (run) tmd::copy_bytes(input.bytes, output.writable);
    return InterpreterStatus::ok;
  }

  InterpreterStatus pad(const IntegerList& amounts) const {
    Walk walk;
    if (!output.is(input.view.type) || !make_padding(input.view, output.view, amounts, walk))
      return InterpreterStatus::malformed;
    if (!run) return InterpreterStatus::ok;
    const std::uint8_t filling = input.is(kInt8) ? static_cast<std::uint8_t>(output.zero()) : std::uint8_t{0};
    for (std::uint8_t& byte : output.writable) byte = filling;
    put(walk, input.bytes, element(), output.writable);
    return InterpreterStatus::ok;
  }

  InterpreterStatus transpose(const IntegerList& order) const {
    Walk walk;
    if (!output.is(input.view.type) || !make_transposition(input.view, output.view, order, walk))
      return InterpreterStatus::malformed;
    if (run) take(walk, input.bytes, element(), output.writable);
    return InterpreterStatus::ok;
  }

  InterpreterStatus strided_slice(const IntegerList& begin, const IntegerList& end,
                                  const IntegerList& strides) const {
    if (options.uint32(field::kEllipsisMask, 0) != 0 || options.uint32(field::kNewAxisMask, 0) != 0 ||
        options.int8(field::kOffset, 0) != 0) {
      return InterpreterStatus::unsupported;
    }
    const SliceOptions masks{options.uint32(field::kBeginMask, 0), options.uint32(field::kEndMask, 0),
                             options.uint32(field::kShrinkAxisMask, 0)};
    Walk walk;
    if (!output.is(input.view.type) || !make_slice(input.view, output.view, begin, end, strides, masks, walk))
      return InterpreterStatus::malformed;
    if (run) take(walk, input.bytes, element(), output.writable);
    return InterpreterStatus::ok;
  }

  /// One part of a concatenation; `offset` is where it begins along the axis, and moves on.
  InterpreterStatus concatenate(const Operand& part, std::uint32_t& offset) const {
    if (options.int8(field::kConcatenationActivation, 0) != 0) return InterpreterStatus::unsupported;
    const std::int32_t rank = static_cast<std::int32_t>(output.view.rank());
    std::int32_t axis = options.int32(field::kConcatenationAxis, 0);
    if (axis < 0) axis += rank;
    Walk walk;
    if (axis < 0 || axis >= rank || !part.is(output.view.type) ||
        !make_part(part.view, output.view, static_cast<std::uint32_t>(axis), offset, walk)) {
      return InterpreterStatus::malformed;
    }
    offset += part.view.dimensions.uint32(static_cast<std::uint32_t>(axis));
    if (run) put(walk, part.bytes, element(), output.writable);
    return InterpreterStatus::ok;
  }

  /// One of several scalars that PACK puts one after the other.
  InterpreterStatus pack(const Operand& part, std::uint32_t index, std::uint32_t parts) const {
    if (part.view.count != 1 || options.int32(field::kPackAxis, 0) > 0) return InterpreterStatus::unsupported;
    if (output.view.count != parts || !part.is(output.view.type)) return InterpreterStatus::malformed;
    if (run) tmd::copy_bytes(part.bytes, output.writable.slice(std::size_t{index} * element(), element()));
    return InterpreterStatus::ok;
  }

  InterpreterStatus shape() const {
    if (!output.is(kInt32)) return InterpreterStatus::unsupported;
    if (output.view.count != input.view.rank()) return InterpreterStatus::malformed;
    for (std::uint32_t i = 0; run && i < input.view.rank(); ++i)
      tmd::store_le32(output.writable.data() + std::size_t{i} * 4, input.view.dimensions.uint32(i));
    return InterpreterStatus::ok;
  }

 private:
  std::uint32_t element() const { return size_of(output.view.type); }
};

}  // namespace tmd::host::interpreter
