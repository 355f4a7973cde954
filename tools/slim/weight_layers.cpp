// SPDX-License-Identifier: Apache-2.0
#include "slim/weight_layers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.hpp"
#include "slim/shared_tensors.hpp"

namespace tmd::host::slim {
namespace {

using model::BuiltinOperator;
using model::ByteRange;
using model::Model;
using model::Operator;
using model::Quantization;
using model::Subgraph;
using model::Tensor;
using model::TensorType;

void require_same(bool same, const std::string& what) {
  if (!same)
    throw host::Error(fmt::format(
        "base and target are not the same graph: {}; send the target as it is with tmd diff", what));
}

void check_same_graph(const Model& base, const Model& target) {
  require_same(base.subgraphs.size() == 1 && target.subgraphs.size() == 1, "more than one subgraph");
  const Subgraph& from = base.main();
  const Subgraph& to = target.main();
  require_same(from.tensors.size() == to.tensors.size(), "another number of tensors");
  for (std::size_t i = 0; i < from.tensors.size(); ++i) {
    const Tensor& a = from.tensors[i];
    const Tensor& b = to.tensors[i];
    require_same(a.type == b.type && a.shape == b.shape && a.data.size == b.data.size &&
                     a.quantization.scales.size() == b.quantization.scales.size() &&
                     a.quantization.zero_points.size() == b.quantization.zero_points.size() &&
                     a.quantization.dimension == b.quantization.dimension,
                 fmt::format("tensor {} ({})", i, b.name));
  }
  require_same(from.operators.size() == to.operators.size(), "another number of operators");
  for (std::size_t i = 0; i < from.operators.size(); ++i) {
    const Operator& a = from.operators[i];
    const Operator& b = to.operators[i];
    require_same(base.code_of(a) == target.code_of(b) && a.inputs == b.inputs && a.outputs == b.outputs &&
                     a.options == b.options,
                 fmt::format("operator {}, {}", i, model::operator_name(target.code_of(b))));
  }
  require_same(from.inputs == to.inputs && from.outputs == to.outputs, "other inputs or outputs");
}

float scale_at(const Quantization& quantization, std::size_t channel) {
  return quantization.scales.size() == 1 ? quantization.scales.front() : quantization.scales[channel];
}

/// Whether the base's range of an activation holds the target's, nearly.
bool holds(const Quantization& base, const Quantization& target, TensorType type) {
  const std::int64_t most = type == TensorType::INT16 ? 32767 : 127;
  const auto low = [most](const Quantization& of) {
    return static_cast<double>(of.scales[0]) * static_cast<double>(-most - 1 - of.zero_points[0]);
  };
  const auto high = [most](const Quantization& of) {
    return static_cast<double>(of.scales[0]) * static_cast<double>(most - of.zero_points[0]);
  };
  const double slack = kMostClipped * (high(target) - low(target));
  return low(target) >= low(base) - slack && high(target) <= high(base) + slack;
}

bool is_activation(const Tensor& tensor) {
  return !tensor.is_constant() && (tensor.type == TensorType::INT8 || tensor.type == TensorType::INT16) &&
         tensor.quantization.present();
}

/// Which inputs of an operator are weights and bias; 0 where it has none.
struct Parameters {
  std::size_t weights = 0;
  std::size_t bias = 0;
};
Parameters parameters_of(BuiltinOperator builtin) {
  switch (builtin) {
    case BuiltinOperator::CONV_2D:
    case BuiltinOperator::DEPTHWISE_CONV_2D:
    case BuiltinOperator::FULLY_CONNECTED:
      return {1, 2};
    default:
      return {};
  }
}

/// The base's scales that can't hold the target's weights: cutting those off would lose more than rounding does, whose
/// mean square is a twelfth of a step's.
std::vector<std::size_t> too_small(const model::Quantization& quantization,
                                   const std::vector<std::size_t>& channel,
                                   const std::vector<double>& weights) {
  std::vector<double> lost(quantization.scales.size());
  std::vector<double> count(lost.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::size_t scale = lost.size() == 1 ? 0 : channel[i];
    const double steps = std::abs(weights[i]) / static_cast<double>(quantization.scales[scale]);
    const double beyond = std::max(0.0, steps - 127.5);
    lost[scale] += beyond * beyond;
    count[scale] += 1;
  }
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < lost.size(); ++i) {
    if (lost[i] > count[i] / 12) found.push_back(i);
  }
  return found;
}

/// Kernels take one scale, or one for each channel; a file may say anything.
void check_weights(const Tensor& weights, std::size_t dimension) {
  const std::size_t scales = weights.quantization.scales.size();
  const bool has_channels = dimension < weights.shape.size() && weights.shape[dimension] > 0;
  if (!has_channels || (scales != 1 && scales != static_cast<std::size_t>(weights.shape[dimension])) ||
      model::byte_count(weights) != weights.data.size)
    throw host::Error(fmt::format(
        "the weights '{}' are damaged: {} scales and {} bytes of data do not go with the shape [{}]",
        weights.name, scales, weights.data.size, fmt::join(weights.shape, ",")));
}

void check_bias(const Tensor& bias, std::size_t element, std::size_t weight_scales) {
  const std::size_t scales = bias.quantization.scales.size();
  if (scales != 1 && (scales != bias.data.size / element || (weight_scales != 1 && weight_scales != scales)))
    throw host::Error(fmt::format("the biases '{}' are damaged: {} scales for {} bytes of data", bias.name,
                                  scales, bias.data.size));
}

class Sharer {
 public:
  Sharer(const model::OpenModel& base, const model::OpenModel& target)
      : base_(base),
        target_(target),
        from_(base.model.main()),
        to_(target.model.main()),
        tensors_(from_),
        is_parameter_(from_.tensors.size()) {
    shared_.frame.assign(base.bytes.begin(), base.bytes.end());
  }

  SharedGraph share(Activations activations) {
    choose_activations(activations);
    for (std::size_t i = 0; i < from_.operators.size(); ++i) share_operator(i);
    if (shared_.layers.empty())
      throw host::Error(
          shared_.left_as_they_are.empty()
              ? "no layer with int8 weights: there is nothing to make slim"
              : "all its int8 weights are used in several places: there is nothing to make slim");
    copy_other_constants();
    tensors_.check(host::view(shared_.frame));
    return std::move(shared_);
  }

 private:
  void write(const ByteRange& where, const void* bytes) {
    std::memcpy(shared_.frame.data() + where.offset, bytes, where.size);
  }
  void copy(const ByteRange& to, const ByteRange& from) { write(to, target_.bytes.data() + from.offset); }
  void write_data(std::size_t tensor, ConstBytes bytes) {
    write({from_.tensors[tensor].data.offset, static_cast<std::uint32_t>(bytes.size())}, bytes.data());
    tensors_.note(tensor, bytes);
  }

  /// All activations keep the base's quantisation or none: operators such as RESHAPE want the same on both sides.
  void choose_activations(Activations activations) {
    shared_.keeps_activations = activations == Activations::of_base;
    for (std::size_t i = 0; i < from_.tensors.size(); ++i) {
      if (is_activation(from_.tensors[i]) &&
          !holds(from_.tensors[i].quantization, to_.tensors[i].quantization, from_.tensors[i].type))
        shared_.keeps_activations = false;
    }
    if (shared_.keeps_activations) return;
    for (std::size_t i = 0; i < from_.tensors.size(); ++i) {
      if (!is_activation(from_.tensors[i])) continue;
      copy(from_.tensors[i].quantization.scale_bytes, to_.tensors[i].quantization.scale_bytes);
      copy(from_.tensors[i].quantization.zero_point_bytes, to_.tensors[i].quantization.zero_point_bytes);
    }
  }

  void share_operator(std::size_t index) {
    const Operator& op = from_.operators[index];
    const Parameters parameters = parameters_of(base_.model.code_of(op).builtin);
    if (parameters.weights == 0 || op.inputs.size() <= parameters.weights || op.inputs[0] < 0) return;
    const std::int32_t weights = op.inputs[parameters.weights];
    if (weights < 0) return;
    const Tensor& from = from_.tensors[static_cast<std::size_t>(weights)];
    if (from.type != TensorType::INT8 || !from.is_constant() || !from.quantization.present()) return;
    WeightLayer* layer = nullptr;
    std::vector<float> scales;
    if (tensors_.has(static_cast<std::size_t>(weights))) {
      scales = leave_weights(static_cast<std::size_t>(weights));
    } else {
      scales = share_weights(static_cast<std::size_t>(weights),
                             base_.model.code_of(op).builtin == BuiltinOperator::DEPTHWISE_CONV_2D);
      layer = &shared_.layers.back();
      layer->operation = index;
      layer->input_scale = static_cast<double>(input_scale(static_cast<std::size_t>(op.inputs[0])));
    }
    const bool has_bias = op.inputs.size() > parameters.bias && op.inputs[parameters.bias] >= 0;
    if (has_bias) {
      share_bias(static_cast<std::size_t>(op.inputs[parameters.bias]), static_cast<std::size_t>(op.inputs[0]),
                 scales, layer);
    }
  }

  /// They are copied with the other constants; the scales that they have in the slim model.
  const std::vector<float>& leave_weights(std::size_t index) {
    const Tensor& to = to_.tensors[index];
    std::vector<std::string>& names = shared_.left_as_they_are;
    if (std::find(names.begin(), names.end(), to.name) == names.end()) names.push_back(to.name);
    return to.quantization.scales;
  }

  /// Adds the layer; the scales that its weights have in the slim model.
  std::vector<float> share_weights(std::size_t index, bool depthwise) {
    is_parameter_[index] = true;
    const Tensor& from = from_.tensors[index];
    const Tensor& to = to_.tensors[index];
    WeightLayer layer;
    layer.name = to.name;
    layer.bytes = from.data;
    // One scale for all says nothing of channels: they are the first dimension, or the last where the layer
    // is depthwise.
    const std::size_t dimension = from.quantization.scales.size() > 1
                                      ? static_cast<std::size_t>(from.quantization.dimension)
                                  : depthwise ? from.shape.size() - 1
                                              : 0;
    check_weights(from, dimension);
    std::size_t inner = 1;
    for (std::size_t d = dimension + 1; d < from.shape.size(); ++d)
      inner *= static_cast<std::size_t>(std::max(1, from.shape[d]));
    layer.channels = static_cast<std::size_t>(from.shape[dimension]);
    std::vector<double> real(from.data.size);
    for (std::size_t i = 0; i < from.data.size; ++i) {
      layer.base.push_back(static_cast<std::int8_t>(base_.bytes[from.data.offset + i]));
      layer.channel.push_back(i / inner % layer.channels);
      const auto stored = static_cast<std::int8_t>(target_.bytes[to.data.offset + i]);
      real[i] =
          static_cast<double>(stored) * static_cast<double>(scale_at(to.quantization, layer.channel[i]));
    }
    std::vector<float> scales = from.quantization.scales;
    const bool per_channel = scales.size() > 1;
    layer.regridded.resize(layer.channels);
    for (const std::size_t scale : too_small(from.quantization, layer.channel, real)) {
      scales[scale] = scale_at(to.quantization, scale);
      if (per_channel)
        layer.regridded[scale] = true;
      else
        layer.regridded.assign(layer.channels, true);
    }
    for (std::size_t i = 0; i < real.size(); ++i) {
      const std::size_t scale = per_channel ? layer.channel[i] : 0;
      layer.wanted.push_back(real[i] / static_cast<double>(scales[scale]));
    }
    write(from.quantization.scale_bytes, scales.data());
    for (std::size_t c = 0; c < layer.channels; ++c)
      layer.scales.push_back(static_cast<double>(scales[per_channel ? c : 0]));
    shared_.layers.push_back(std::move(layer));
    return scales;
  }

  /// The target's biases, by the scale that the slim model's input and weights give them; those of `layer`, if any.
  void share_bias(std::size_t index, std::size_t input, const std::vector<float>& weight_scales,
                  WeightLayer* layer) {
    const Tensor& from = from_.tensors[index];
    const bool wide = from.type == TensorType::INT64;
    if ((!wide && from.type != TensorType::INT32) || !from.is_constant() || from.quantization.scales.empty())
      return;
    check_bias(from, wide ? sizeof(std::int64_t) : sizeof(std::int32_t), weight_scales.size());
    is_parameter_[index] = true;
    std::vector<float> scales(from.quantization.scales.size());
    for (std::size_t c = 0; c < scales.size(); ++c)
      scales[c] = input_scale(input) * weight_scales[weight_scales.size() == 1 ? 0 : c];
    if (scales != from.quantization.scales) write(from.quantization.scale_bytes, scales.data());
    // 64-bit ones stay out of the layer: their inputs, of int16, are not read, and so there is no mean to take back.
    if (wide) {
      (void)rescaled_bias<std::int64_t>(index, scales, 9007199254740991.0);
      return;
    }
    std::vector<std::int32_t> bias = rescaled_bias<std::int32_t>(index, scales, 2147483647.0);
    // One layer's mean is not taken back from what others add, too.
    if (layer == nullptr || tensors_.has(index)) return;
    layer->bias = std::move(bias);
    layer->bias_bytes = {from.data.offset, static_cast<std::uint32_t>(4 * layer->bias.size())};
  }

  /// Writes the target's biases into the frame, in steps of `scales`, at most so many; returns them.
  template <class Stored>
  std::vector<Stored> rescaled_bias(std::size_t index, const std::vector<float>& scales, double most) {
    const Tensor& to = to_.tensors[index];
    std::vector<Stored> stored(to.data.size / sizeof(Stored));
    const std::size_t size = sizeof(Stored) * stored.size();
    std::memcpy(stored.data(), target_.bytes.data() + to.data.offset, size);
    for (std::size_t i = 0; i < stored.size(); ++i) {
      const double real = static_cast<double>(stored[i]) * static_cast<double>(scale_at(to.quantization, i));
      const double steps = std::round(real / static_cast<double>(scales[scales.size() == 1 ? 0 : i]));
      stored[i] = static_cast<Stored>(std::clamp(steps, -most, most));
    }
    write_data(index, ConstBytes(reinterpret_cast<const std::uint8_t*>(stored.data()), size));
    return stored;
  }

  float input_scale(std::size_t input) const {
    const Tensor& activation = shared_.keeps_activations ? from_.tensors[input] : to_.tensors[input];
    return activation.quantization.scales.empty() ? 1.0F : activation.quantization.scales[0];
  }

  /// What is neither weight nor bias of such a layer is the target's, with its quantisation.
  void copy_other_constants() {
    for (std::size_t i = 0; i < from_.tensors.size(); ++i) {
      const Tensor& from = from_.tensors[i];
      const Tensor& to = to_.tensors[i];
      if (is_parameter_[i] || !from.is_constant()) continue;
      write_data(i, target_.bytes.slice(to.data.offset, to.data.size));
      if (!from.quantization.present()) continue;
      copy(from.quantization.scale_bytes, to.quantization.scale_bytes);
      copy(from.quantization.zero_point_bytes, to.quantization.zero_point_bytes);
    }
  }

  const model::OpenModel& base_;
  const model::OpenModel& target_;
  const Subgraph& from_;
  const Subgraph& to_;
  SharedTensors tensors_;
  std::vector<bool> is_parameter_;
  SharedGraph shared_;
};

}  // namespace

SharedGraph share_graph(const model::OpenModel& base, const model::OpenModel& target,
                        Activations activations) {
  check_same_graph(base.model, target.model);
  return Sharer(base, target).share(activations);
}

}  // namespace tmd::host::slim
