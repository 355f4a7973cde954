// SPDX-License-Identifier: Apache-2.0
#include "model/window_layer.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace tmd::host::model {
namespace {

/// Its last four dimensions, with ones in front where it has fewer.
struct Dimensions {
  explicit Dimensions(const Tensor& tensor) {
    const std::size_t rank = tensor.shape.size();
    for (std::size_t i = 0; i < std::min(rank, kCount); ++i)
      sizes[kCount - 1 - i] = static_cast<std::uint64_t>(std::max(tensor.shape[rank - 1 - i], 1));
  }
  static constexpr std::size_t kCount = 4;
  std::uint64_t sizes[kCount] = {1, 1, 1, 1};
};

bool too_large(const Dimensions& dimensions) {
  constexpr std::uint64_t kMost = 1U << 20;
  return *std::max_element(std::begin(dimensions.sizes), std::end(dimensions.sizes)) > kMost;
}

/// What TFLite puts before the input so that the output has as many steps as the input, divided by the stride.
std::uint64_t same_padding(std::uint64_t in, std::uint64_t out, std::uint64_t stride, std::uint64_t reach) {
  const std::uint64_t covered = (out - 1) * stride + reach;
  return covered > in ? (covered - in) / 2 : 0;
}

/// Strides, padding and dilation, of which every kind of layer has options of its own.
template <class Options>
void read_window(const Options& options, std::uint64_t dilation_height, std::uint64_t dilation_width,
                 WindowLayer& layer) {
  constexpr std::int32_t kMost = 1 << 20;
  layer.stride_height = static_cast<std::uint64_t>(std::clamp(options.stride_h, 1, kMost));
  layer.stride_width = static_cast<std::uint64_t>(std::clamp(options.stride_w, 1, kMost));
  layer.dilated = dilation_height != 1 || dilation_width != 1;
  if (options.padding != tflite::Padding::SAME) return;
  layer.pad_height = same_padding(layer.in_height, layer.out_height, layer.stride_height,
                                  (layer.filter_height - 1) * dilation_height + 1);
  layer.pad_width = same_padding(layer.in_width, layer.out_width, layer.stride_width,
                                 (layer.filter_width - 1) * dilation_width + 1);
}

std::uint64_t factor_of(std::int32_t dilation) {
  return static_cast<std::uint64_t>(std::clamp(dilation, 1, 1 << 20));
}

void read_window(const Operator& op, WindowLayer& layer) {
  if (const auto* convolution = op.options.AsConv2DOptions())
    return read_window(*convolution, factor_of(convolution->dilation_h_factor),
                       factor_of(convolution->dilation_w_factor), layer);
  if (const auto* depthwise = op.options.AsDepthwiseConv2DOptions())
    return read_window(*depthwise, factor_of(depthwise->dilation_h_factor),
                       factor_of(depthwise->dilation_w_factor), layer);
  if (const auto* transposed = op.options.AsTransposeConvOptions())
    return read_window(*transposed, 1, 1, layer);
}

bool has_window(BuiltinOperator builtin) {
  return builtin == BuiltinOperator::CONV_2D || builtin == BuiltinOperator::DEPTHWISE_CONV_2D ||
         builtin == BuiltinOperator::TRANSPOSE_CONV;
}

}  // namespace

std::optional<WindowLayer> window_layer(BuiltinOperator builtin, const Subgraph& graph, const Operator& op) {
  // A transposed convolution has the shape of its output in front, and its data behind the weights.
  const std::size_t data = builtin == BuiltinOperator::TRANSPOSE_CONV ? 2 : 0;
  const Tensor* in = graph.tensor_at(op.inputs, data);
  const Tensor* weights = graph.tensor_at(op.inputs, 1);
  const Tensor* out = graph.tensor_at(op.outputs, 0);
  if (in == nullptr || out == nullptr || (has_window(builtin) && weights == nullptr)) return std::nullopt;
  if (in->type != TensorType::INT8 && in->type != TensorType::INT16) return std::nullopt;
  const Dimensions from(*in), to(*out);
  if (too_large(from) || too_large(to)) return std::nullopt;
  WindowLayer layer;
  layer.type = in->type;
  layer.batches = from.sizes[0];
  layer.in_height = from.sizes[1];
  layer.in_width = from.sizes[2];
  layer.in_channels = from.sizes[3];
  layer.out_height = to.sizes[1];
  layer.out_width = to.sizes[2];
  layer.out_channels = to.sizes[3];
  layer.out_rank = out->shape.size();
  if (weights == nullptr || weights->shape.empty()) return layer;
  const Dimensions filter(*weights);
  if (too_large(filter)) return std::nullopt;
  layer.filters = static_cast<std::uint64_t>(std::max(weights->shape.front(), 1));
  layer.filter_channels = filter.sizes[3];
  if (!has_window(builtin)) return layer;
  layer.filter_height = filter.sizes[1];
  layer.filter_width = filter.sizes[2];
  read_window(op, layer);
  return layer;
}

}  // namespace tmd::host::model
