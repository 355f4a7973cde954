// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace modelgen {

/// A signal: `steps` moments in time, `channels` numbers at each, moment after moment.
struct Extent {
  int steps;
  int channels;
  std::size_t count() const { return static_cast<std::size_t>(steps) * static_cast<std::size_t>(channels); }
  bool operator==(const Extent&) const = default;
};

enum class LayerKind : std::uint8_t {
  convolution,      ///< along time, same length out as in; weights [channel out][tap][channel in]
  depthwise,        ///< along time, each channel on its own; weights [tap][channel]
  max_pool,         ///< `taps` moments become one
  average_pool,     ///< likewise
  fully_connected,  ///< the whole input at once; weights [channel out][input]
};

/// One step of the network, with its parameters in the order that TFLite stores them in.
struct Layer {
  LayerKind kind;
  std::string name;
  Extent input;
  Extent output;
  int taps;
  bool relu;
  std::vector<float> weights;  ///< empty for the pools
  std::vector<float> biases;   ///< one for each output channel, or empty

  bool trainable() const { return !weights.empty(); }
};

/// The derivatives of the loss by one layer's parameters.
struct Gradient {
  std::vector<float> weights;
  std::vector<float> biases;
};

/// Computes the layer's output (of `layer.output.count()` numbers) from its input.
void layer_forward(const Layer& layer, const std::vector<float>& input, std::vector<float>& output);

/// From the derivative of the loss by the layer's output to those by its parameters, which are added to
/// `gradient`, and by its input, which are written to `by_input`. `output` is what `layer_forward` gave.
void layer_backward(const Layer& layer, const std::vector<float>& input, const std::vector<float>& output,
                    std::vector<float> by_output, Gradient& gradient, std::vector<float>& by_input);

}  // namespace modelgen
