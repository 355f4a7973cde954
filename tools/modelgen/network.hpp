// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "modelgen/layers.hpp"
#include "modelgen/random.hpp"

namespace modelgen {

/// A chain of layers: the last gives one logit for each class.
class Network {
 public:
  explicit Network(Extent input) : input_(input) {}

  // Each appends a layer to the chain, its weights drawn from `random` for a variance that neither grows nor
  // shrinks along the chain (He et al., 2015), its biases zero.
  void add_convolution(std::string name, int channels, int taps, Random& random);
  void add_depthwise(std::string name, int taps, Random& random);
  void add_pool(LayerKind kind, std::string name, int taps);
  void add_fully_connected(std::string name, int channels, bool relu, Random& random);

  Extent input() const { return input_; }
  Extent output() const { return layers_.empty() ? input_ : layers_.back().output; }
  const std::vector<Layer>& layers() const { return layers_; }
  std::vector<Layer>& layers() { return layers_; }
  std::size_t last_trainable() const;

  /// What every layer gives for one input: entry 0 is the input itself, entry i + 1 the output of layer i.
  using Signals = std::vector<std::vector<float>>;
  void forward(std::span<const float> input, Signals& signals) const;

  /// Adds to `gradients` (one for each layer) the derivatives for the input that `signals` came from, where
  /// `loss_by_output` has the derivative of the loss by each logit. Goes back no further than layer `first`.
  void backward(const Signals& signals, std::vector<float> loss_by_output, std::size_t first,
                std::vector<Gradient>& gradients) const;

  /// Zeros in the shape of the parameters.
  std::vector<Gradient> zero_gradients() const;

 private:
  void add(Layer layer, int inputs_of_one_output, Random& random);

  Extent input_;
  std::vector<Layer> layers_;
};

/// Logits to probabilities, in place.
void softmax(std::vector<float>& logits);

/// The index of the largest.
std::size_t largest(std::span<const float> values);

}  // namespace modelgen
