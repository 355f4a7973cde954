// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "interpreter/kernels.hpp"
#include "interpreter/model_view.hpp"
#include "tmd/bytes.hpp"

namespace tmd::host::interpreter {

// Operators that only move elements of any size; what they compute with is checked by the caller.

/// A list of integers that the file holds.
class IntegerList {
 public:
  IntegerList() = default;
  explicit IntegerList(const TensorView& tensor)
      : bytes_(tensor.good && tensor.type == kInt32 ? tensor.constant : tmd::ConstBytes()) {}

  std::uint32_t size() const { return static_cast<std::uint32_t>(bytes_.size() / 4); }
  std::int32_t operator[](std::uint32_t index) const {
    return static_cast<std::int32_t>(tmd::load_le32(bytes_.data() + std::size_t{index} * 4));
  }

 private:
  tmd::ConstBytes bytes_;
};

/// For each element of a result in order: which element of the input is it? In dimension i it goes `step[i]`
/// elements of the input at a time, `size[i]` times, from the element `start` on. Below zero and beyond, where
/// `inside` says so, there is nothing.
struct Walk {
  std::uint32_t rank = 0;
  std::uint32_t size[kMaxRank] = {};
  std::int64_t step[kMaxRank] = {};
  std::int64_t start = 0;

  std::int64_t at(std::size_t index) const {
    std::int64_t offset = start;
    for (std::uint32_t i = rank; i-- > 0;) {
      offset += static_cast<std::int64_t>(index % size[i]) * step[i];
      index /= size[i];
    }
    return offset;
  }
};

inline void take(const Walk& walk, tmd::ConstBytes from, std::uint32_t element, tmd::MutableBytes to) {
  for (std::size_t i = 0; i < to.size() / element; ++i) {
    const std::size_t source = static_cast<std::size_t>(walk.at(i)) * element;
    tmd::copy_bytes(from.slice(source, element), to.slice(i * element, element));
  }
}

/// The elements of a tensor, one after the other, each to its place in a larger one.
inline void put(const Walk& walk, tmd::ConstBytes from, std::uint32_t element, tmd::MutableBytes to) {
  for (std::size_t i = 0; i < from.size() / element; ++i) {
    const std::size_t target = static_cast<std::size_t>(walk.at(i)) * element;
    tmd::copy_bytes(from.slice(i * element, element), to.slice(target, element));
  }
}

/// Elements between neighbours in a dimension of a tensor in row-major order.
inline std::int64_t stride_of(const TensorView& tensor, std::uint32_t dimension) {
  std::int64_t stride = 1;
  for (std::uint32_t i = dimension + 1; i < tensor.rank(); ++i) stride *= tensor.dimensions.int32(i);
  return stride;
}

/// The input inside a padded output; false where the two and the list do not go together.
inline bool make_padding(const TensorView& input, const TensorView& output, const IntegerList& amounts,
                         Walk& walk) {
  if (input.rank() != output.rank() || amounts.size() != input.rank() * 2) return false;
  walk.rank = input.rank();
  for (std::uint32_t i = 0; i < walk.rank; ++i) {
    const std::int64_t before = amounts[i * 2], after = amounts[i * 2 + 1];
    if (before < 0 || after < 0 || before + after + input.dimensions.int32(i) != output.dimensions.int32(i))
      return false;
    walk.size[i] = input.dimensions.uint32(i);
    walk.step[i] = stride_of(output, i);
    walk.start += before * walk.step[i];
  }
  return true;
}

inline bool make_transposition(const TensorView& input, const TensorView& output, const IntegerList& order,
                               Walk& walk) {
  if (input.rank() != output.rank() || order.size() != input.rank()) return false;
  walk.rank = input.rank();
  std::uint32_t seen = 0;
  for (std::uint32_t i = 0; i < walk.rank; ++i) {
    const std::int32_t from = order[i];
    if (from < 0 || static_cast<std::uint32_t>(from) >= walk.rank) return false;
    const auto dimension = static_cast<std::uint32_t>(from);
    if (input.dimensions.uint32(dimension) != output.dimensions.uint32(i)) return false;
    seen |= 1U << dimension;
    walk.size[i] = input.dimensions.uint32(dimension);
    walk.step[i] = stride_of(input, dimension);
  }
  return seen == (1U << walk.rank) - 1;
}

/// STRIDED_SLICE with its masks as the file has them: a set bit takes the whole dimension on that side.
struct SliceOptions {
  std::uint32_t begin_mask = 0, end_mask = 0, shrink_mask = 0;
};

inline bool make_slice(const TensorView& input, const TensorView& output, const IntegerList& begin,
                       const IntegerList& end, const IntegerList& strides, const SliceOptions& options,
                       Walk& walk) {
  if (begin.size() != input.rank() || end.size() != input.rank() || strides.size() != input.rank())
    return false;
  walk.rank = input.rank();
  std::uint64_t count = 1;
  for (std::uint32_t i = 0; i < walk.rank; ++i) {
    const std::int64_t size = input.dimensions.int32(i), stride = strides[i];
    if (stride == 0 || stride == INT32_MIN) return false;
    const auto bound = [&](std::int64_t value, std::int64_t low, std::int64_t high) {
      if (value < 0) value += size;
      return value < low ? low : value > high ? high : value;
    };
    const std::int64_t low = stride > 0 ? 0 : -1, high = stride > 0 ? size : size - 1;
    const bool whole_begin = (options.begin_mask >> i & 1U) != 0,
               whole_end = (options.end_mask >> i & 1U) != 0;
    const std::int64_t first = whole_begin ? (stride > 0 ? 0 : size - 1) : bound(begin[i], low, high);
    std::int64_t stop = whole_end ? (stride > 0 ? size : -1) : bound(end[i], low, high);
    const bool shrinks = (options.shrink_mask >> i & 1U) != 0;
    if (shrinks) stop = first + (stride > 0 ? 1 : -1);
    if (first < 0 || first >= size) return false;
    const std::int64_t reach = stride > 0 ? stop - first : first - stop;
    const std::int64_t pace = stride > 0 ? stride : -stride;
    if (reach <= 0) return false;
    walk.size[i] = static_cast<std::uint32_t>(shrinks ? 1 : (reach + pace - 1) / pace);
    walk.step[i] = stride * stride_of(input, i);
    walk.start += first * stride_of(input, i);
    count *= walk.size[i];
  }
  return count == output.count;
}

/// A part of an output that is put together along a dimension, from `offset` on.
inline bool make_part(const TensorView& part, const TensorView& output, std::uint32_t axis,
                      std::uint32_t offset, Walk& walk) {
  if (part.rank() != output.rank() || axis >= part.rank()) return false;
  walk.rank = part.rank();
  for (std::uint32_t i = 0; i < walk.rank; ++i) {
    const std::uint32_t size = part.dimensions.uint32(i), whole = output.dimensions.uint32(i);
    if (i == axis ? !tmd::fits(offset, size, whole) : size != whole) return false;
    walk.size[i] = size;
    walk.step[i] = stride_of(output, i);
  }
  walk.start = offset * stride_of(output, axis);
  return true;
}

}  // namespace tmd::host::interpreter
