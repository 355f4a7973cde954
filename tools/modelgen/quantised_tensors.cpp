// SPDX-License-Identifier: Apache-2.0
#include "modelgen/quantised_tensors.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace modelgen {
namespace {

std::uint8_t stored(float value, float scale) {
  const double steps = std::round(static_cast<double>(value) / static_cast<double>(scale));
  return static_cast<std::uint8_t>(static_cast<std::int8_t>(std::clamp(steps, -127.0, 127.0)));
}

/// A scale that maps the largest magnitude to 127. A channel of zeros gets a scale all the same.
float symmetric_scale(float magnitude) {
  return magnitude > 0.0F ? magnitude / 127.0F : 1.0F / 127.0F;
}

/// To which scale each weight belongs, by its place in the layer's order.
struct Channels {
  std::size_t count;
  std::size_t run;  ///< consecutive weights of one channel
  std::size_t of(std::size_t weight) const { return weight / run % count; }
};

Channels channels_of(const Layer& layer) {
  const std::size_t outputs = layer.biases.size();
  switch (layer.kind) {
    case LayerKind::depthwise:
      return {outputs, 1};
    case LayerKind::fully_connected:
      return {1, layer.weights.size()};
    default:
      return {outputs, layer.weights.size() / outputs};
  }
}

std::vector<std::int32_t> weight_shape(const Layer& layer) {
  const std::int32_t outputs = layer.output.channels;
  switch (layer.kind) {
    case LayerKind::depthwise:
      return {1, layer.taps, 1, outputs};
    case LayerKind::fully_connected:
      return {outputs, static_cast<std::int32_t>(layer.input.count())};
    default:
      return {outputs, layer.taps, 1, layer.input.channels};
  }
}

void append_int32(std::vector<std::uint8_t>& bytes, std::int32_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) {
    bytes.push_back(static_cast<std::uint8_t>(static_cast<std::uint32_t>(value) >> shift));
  }
}

}  // namespace

std::string scoped(const std::string& name) {
  return name.find('/') == std::string::npos ? "motion_classifier/" + name : name;
}

std::string weight_name(const Layer& layer) {
  switch (layer.kind) {
    case LayerKind::depthwise:
      return scoped(layer.name) + "/depthwise";
    case LayerKind::fully_connected:
      return scoped(layer.name) + "/MatMul";
    default:
      return scoped(layer.name) + "/Conv2D";
  }
}

Quantisation activation_quantisation(const Range& range) {
  constexpr double kSmallest = 1e-6;  // a signal that is always zero gets a scale all the same
  const double width = static_cast<double>(range.high) - static_cast<double>(range.low);
  const float scale = static_cast<float>(std::max(width, kSmallest) / 255.0);
  const double zero = std::round(-128.0 - static_cast<double>(range.low) / static_cast<double>(scale));
  return {{scale}, {static_cast<std::int64_t>(std::clamp(zero, -128.0, 127.0))}, 0};
}

std::vector<float> weight_scales(const Layer& layer) {
  const Channels channels = channels_of(layer);
  std::vector<float> magnitudes(channels.count, 0.0F);
  for (std::size_t i = 0; i < layer.weights.size(); ++i) {
    float& magnitude = magnitudes[channels.of(i)];
    magnitude = std::max(magnitude, std::abs(layer.weights[i]));
  }
  for (float& magnitude : magnitudes) magnitude = symmetric_scale(magnitude);
  return magnitudes;
}

std::size_t scale_of_weight(const Layer& layer, std::size_t weight) {
  return channels_of(layer).of(weight);
}

GraphTensor quantised_weights(const Layer& layer, const std::vector<float>& scales) {
  const Channels channels = channels_of(layer);
  GraphTensor tensor{weight_name(layer), ElementType::int8, weight_shape(layer), {}, {}};
  tensor.quantisation.scales = scales;
  tensor.quantisation.zero_points.assign(channels.count, 0);
  tensor.quantisation.dimension = layer.kind == LayerKind::depthwise ? 3 : 0;
  tensor.data.reserve(layer.weights.size());
  for (std::size_t i = 0; i < layer.weights.size(); ++i) {
    tensor.data.push_back(stored(layer.weights[i], tensor.quantisation.scales[channels.of(i)]));
  }
  return tensor;
}

GraphTensor quantised_biases(const Layer& layer, float input_scale, const Quantisation& weights) {
  GraphTensor tensor{
      scoped(layer.name) + "/BiasAdd/ReadVariableOp", ElementType::int32, {layer.output.channels}, {}, {}};
  for (const float scale : weights.scales) tensor.quantisation.scales.push_back(input_scale * scale);
  tensor.quantisation.zero_points.assign(weights.scales.size(), 0);
  for (std::size_t c = 0; c < layer.biases.size(); ++c) {
    const std::vector<float>& scales = tensor.quantisation.scales;
    const float scale = scales.size() == 1 ? scales[0] : scales[c];
    const double steps = std::round(static_cast<double>(layer.biases[c]) / static_cast<double>(scale));
    append_int32(tensor.data, static_cast<std::int32_t>(std::clamp(steps, -2147483647.0, 2147483647.0)));
  }
  return tensor;
}

GraphTensor shape_constant(const std::string& name, const std::vector<std::int32_t>& shape) {
  GraphTensor tensor{
      scoped(name) + "/Const", ElementType::int32, {static_cast<std::int32_t>(shape.size())}, {}, {}};
  for (const std::int32_t size : shape) append_int32(tensor.data, size);
  return tensor;
}

}  // namespace modelgen
