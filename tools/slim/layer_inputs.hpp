// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "model/model.hpp"
#include "tmd/bytes.hpp"

namespace tmd::host::slim {

/// What a layer multiplies the weights of a channel with: rows of its input, in the order of the channel's weights.
/// A dense layer has one row for each sample (more where it has several batches), a convolution one for each place of
/// its window; a depthwise one has such a row for each channel.
class LayerInputs {
 public:
  /// `operation`: index in the main subgraph of a CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED. Of a convolution's
  /// places at most some `most_rows` are taken, evenly over the window's ways.
  LayerInputs(const model::Model& model, std::size_t operation, std::size_t most_rows);

  /// Whether the input is int8: of others nothing is read.
  bool is_readable() const { return readable_; }
  bool is_depthwise() const { return depthwise_; }
  /// Index of the input's tensor.
  std::uint32_t tensor() const { return tensor_; }

  using Use = std::function<void(std::size_t channel, const std::vector<float>& row)>;
  /// Calls `use` with every row in `input`, the tensor's bytes, as real numbers; channel 0 where all have the same.
  /// Returns how many rows each channel got.
  std::size_t for_each_row(ConstBytes input, const Use& use) const;

 private:
  std::size_t dense_rows(ConstBytes input, const Use& use) const;
  std::size_t window_rows(ConstBytes input, const Use& use) const;
  void fill_row(ConstBytes input, std::int64_t top, std::int64_t left, std::size_t channel,
                std::vector<float>& row) const;
  float value(ConstBytes input, std::size_t at) const;

  bool readable_ = false;
  bool dense_ = false;
  bool depthwise_ = false;
  std::uint32_t tensor_ = 0;
  float scale_ = 1;
  std::int32_t zero_ = 0;
  std::size_t row_size_ = 0;
  // Of convolutions: the input's and the window's size, and how the window goes over the input.
  std::int64_t height_ = 1, width_ = 1, depth_ = 1, row_depth_ = 1;
  std::int64_t window_height_ = 1, window_width_ = 1;
  std::int64_t out_height_ = 1, out_width_ = 1, out_depth_ = 1;
  std::int64_t stride_h_ = 1, stride_w_ = 1, dilation_h_ = 1, dilation_w_ = 1;
  std::int64_t pad_top_ = 0, pad_left_ = 0;
  std::int64_t step_ = 1;  ///< Every so many places are taken.
};

}  // namespace tmd::host::slim
