// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "model/model.hpp"

namespace tmd::host::model {

/// One operator as optimised kernels see it: a window of weights that goes over an input. Operators without a window
/// have one of a single element, and their last dimensions as channels. No number is 0, but for padding.
struct WindowLayer {
  TensorType type = TensorType::INT8;  ///< Of the input: int8, or int16.
  std::uint64_t batches = 1;
  std::uint64_t in_height = 1;
  std::uint64_t in_width = 1;
  std::uint64_t in_channels = 1;
  std::uint64_t out_height = 1;
  std::uint64_t out_width = 1;
  std::uint64_t out_channels = 1;
  std::size_t out_rank = 0;
  std::uint64_t filters = 1;  ///< First dimension of the weights.
  std::uint64_t filter_height = 1;
  std::uint64_t filter_width = 1;
  std::uint64_t filter_channels = 1;  ///< Last dimension of the weights.
  std::uint64_t stride_height = 1;
  std::uint64_t stride_width = 1;
  std::uint64_t pad_height = 0;  ///< Before the input, with padding SAME.
  std::uint64_t pad_width = 0;
  bool dilated = false;

  std::uint64_t filter_area() const { return filter_height * filter_width; }
  bool padded() const { return pad_height != 0 || pad_width != 0; }
  bool strided() const { return stride_height != 1 || stride_width != 1; }
};

/// The operator's shapes and options. Nothing where its input is neither int8 nor int16, where tensors are left out,
/// and where a dimension is beyond what a microcontroller could hold (2^20).
std::optional<WindowLayer> window_layer(BuiltinOperator builtin, const Subgraph& graph, const Operator& op);

}  // namespace tmd::host::model
