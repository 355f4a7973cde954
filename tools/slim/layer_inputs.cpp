// SPDX-License-Identifier: Apache-2.0
#include "slim/layer_inputs.hpp"

#include <algorithm>

namespace tmd::host::slim {
namespace {

using model::BuiltinOperator;
using model::Tensor;

std::int64_t dimension(const Tensor& tensor, std::size_t index) {
  return index < tensor.shape.size() ? std::max(1, tensor.shape[index]) : 1;
}

/// Where the window begins above or left of the input, as TFLite has it.
std::int64_t padding(tflite::Padding kind, std::int64_t in, std::int64_t out, std::int64_t window,
                     std::int64_t stride, std::int64_t dilation) {
  if (kind == tflite::Padding::VALID) return 0;
  const std::int64_t reach = (window - 1) * dilation + 1;
  return std::max<std::int64_t>(0, (out - 1) * stride + reach - in) / 2;
}

}  // namespace

LayerInputs::LayerInputs(const model::Model& model, std::size_t operation, std::size_t most_rows) {
  const model::Subgraph& graph = model.main();
  const model::Operator& op = graph.operators[operation];
  const Tensor& input = graph.tensors[static_cast<std::size_t>(op.inputs[0])];
  const Tensor& weights = graph.tensors[static_cast<std::size_t>(op.inputs[1])];
  const Tensor& output = graph.tensors[static_cast<std::size_t>(op.outputs[0])];
  tensor_ = static_cast<std::uint32_t>(op.inputs[0]);
  readable_ = input.type == model::TensorType::INT8;
  if (input.quantization.present()) {
    scale_ = input.quantization.scales[0];
    zero_ = static_cast<std::int32_t>(input.quantization.zero_points[0]);
  }
  const BuiltinOperator builtin = model.code_of(op).builtin;
  dense_ = builtin == BuiltinOperator::FULLY_CONNECTED;
  depthwise_ = builtin == BuiltinOperator::DEPTHWISE_CONV_2D;
  if (dense_) {
    row_size_ = static_cast<std::size_t>(dimension(weights, 1));
    return;
  }
  height_ = dimension(input, 1), width_ = dimension(input, 2), depth_ = dimension(input, 3);
  window_height_ = dimension(weights, 1), window_width_ = dimension(weights, 2);
  out_height_ = dimension(output, 1), out_width_ = dimension(output, 2), out_depth_ = dimension(output, 3);
  tflite::Padding kind = tflite::Padding::VALID;
  const auto take = [&](const auto& options) {
    kind = options.padding;
    stride_h_ = options.stride_h, stride_w_ = options.stride_w;
    dilation_h_ = options.dilation_h_factor, dilation_w_ = options.dilation_w_factor;
  };
  if (const auto* options = op.options.AsConv2DOptions()) take(*options);
  if (const auto* options = op.options.AsDepthwiseConv2DOptions()) take(*options);
  pad_top_ = padding(kind, height_, out_height_, window_height_, stride_h_, dilation_h_);
  pad_left_ = padding(kind, width_, out_width_, window_width_, stride_w_, dilation_w_);
  row_depth_ = depthwise_ ? 1 : std::min(depth_, dimension(weights, 3));
  row_size_ = static_cast<std::size_t>(window_height_ * window_width_ * row_depth_);
  const std::int64_t places = out_height_ * out_width_;
  step_ = std::max<std::int64_t>(1, places / static_cast<std::int64_t>(std::max<std::size_t>(1, most_rows)));
  // A step that divides the width would look at some columns only.
  if (step_ > 1 && out_width_ % step_ == 0) ++step_;
}

float LayerInputs::value(ConstBytes input, std::size_t at) const {
  return at < input.size() ? scale_ * static_cast<float>(static_cast<std::int8_t>(input[at]) - zero_) : 0.0F;
}

std::size_t LayerInputs::for_each_row(ConstBytes input, const Use& use) const {
  return dense_ ? dense_rows(input, use) : window_rows(input, use);
}

std::size_t LayerInputs::dense_rows(ConstBytes input, const Use& use) const {
  std::vector<float> row(row_size_);
  const std::size_t rows = input.size() / row_size_;
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t i = 0; i < row_size_; ++i) row[i] = value(input, r * row_size_ + i);
    use(0, row);
  }
  return rows;
}

std::size_t LayerInputs::window_rows(ConstBytes input, const Use& use) const {
  std::vector<float> row(row_size_);
  std::size_t rows = 0;
  const auto multiplier = static_cast<std::size_t>(std::max<std::int64_t>(1, out_depth_ / depth_));
  const std::size_t channels = depthwise_ ? static_cast<std::size_t>(out_depth_) : 1;
  for (std::int64_t place = 0; place < out_height_ * out_width_; place += step_, ++rows) {
    const std::int64_t top = place / out_width_ * stride_h_ - pad_top_;
    const std::int64_t left = place % out_width_ * stride_w_ - pad_left_;
    for (std::size_t channel = 0; channel < channels; ++channel) {
      fill_row(input, top, left, channel / multiplier, row);
      use(channel, row);
    }
  }
  return rows;
}

void LayerInputs::fill_row(ConstBytes input, std::int64_t top, std::int64_t left, std::size_t channel,
                           std::vector<float>& row) const {
  std::size_t filled = 0;
  for (std::int64_t h = 0; h < window_height_; ++h) {
    for (std::int64_t w = 0; w < window_width_; ++w) {
      const std::int64_t y = top + h * dilation_h_;
      const std::int64_t x = left + w * dilation_w_;
      const bool inside = y >= 0 && y < height_ && x >= 0 && x < width_;
      const auto at =
          static_cast<std::size_t>(inside ? (y * width_ + x) * depth_ : 0) + (depthwise_ ? channel : 0);
      for (std::int64_t d = 0; d < row_depth_; ++d)
        row[filled++] = inside ? value(input, at + static_cast<std::size_t>(d)) : 0.0F;
    }
  }
}

}  // namespace tmd::host::slim
