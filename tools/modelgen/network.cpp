// SPDX-License-Identifier: Apache-2.0
#include "modelgen/network.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "modelgen/layers.hpp"
#include "modelgen/portable_math.hpp"

namespace modelgen {

void Network::add(Layer layer, int inputs_of_one_output, Random& random) {
  // std::sqrt is exact by IEEE 754, unlike the rest of libm.
  const float spread = std::sqrt(2.0F / static_cast<float>(inputs_of_one_output));
  for (float& weight : layer.weights) weight = spread * random.normal();
  layers_.push_back(std::move(layer));
}

void Network::add_convolution(std::string name, int channels, int taps, Random& random) {
  const Extent in = output();
  Layer layer{LayerKind::convolution, std::move(name), in, {in.steps, channels}, taps, true, {}, {}};
  layer.weights.resize(static_cast<std::size_t>(channels * taps * in.channels));
  layer.biases.resize(static_cast<std::size_t>(channels));
  add(std::move(layer), taps * in.channels, random);
}

void Network::add_depthwise(std::string name, int taps, Random& random) {
  const Extent in = output();
  Layer layer{LayerKind::depthwise, std::move(name), in, in, taps, true, {}, {}};
  layer.weights.resize(static_cast<std::size_t>(taps * in.channels));
  layer.biases.resize(static_cast<std::size_t>(in.channels));
  add(std::move(layer), taps, random);
}

void Network::add_pool(LayerKind kind, std::string name, int taps) {
  const Extent in = output();
  layers_.push_back(Layer{kind, std::move(name), in, {in.steps / taps, in.channels}, taps, false, {}, {}});
}

void Network::add_fully_connected(std::string name, int channels, bool relu, Random& random) {
  const Extent in = output();
  Layer layer{LayerKind::fully_connected, std::move(name), in, {1, channels}, in.steps, relu, {}, {}};
  layer.weights.resize(in.count() * static_cast<std::size_t>(channels));
  layer.biases.resize(static_cast<std::size_t>(channels));
  add(std::move(layer), static_cast<int>(in.count()), random);
}

std::size_t Network::last_trainable() const {
  std::size_t last = layers_.size() - 1;
  while (!layers_[last].trainable()) --last;
  return last;
}

void Network::forward(std::span<const float> input, Signals& signals) const {
  signals.resize(layers_.size() + 1);
  signals[0].assign(input.begin(), input.end());
  for (std::size_t i = 0; i < layers_.size(); ++i) layer_forward(layers_[i], signals[i], signals[i + 1]);
}

void Network::backward(const Signals& signals, std::vector<float> loss_by_output, std::size_t first,
                       std::vector<Gradient>& gradients) const {
  std::vector<float> by_output = std::move(loss_by_output);
  std::vector<float> by_input;
  for (std::size_t i = layers_.size(); i-- > first;) {
    layer_backward(layers_[i], signals[i], signals[i + 1], std::move(by_output), gradients[i], by_input);
    by_output = std::move(by_input);
  }
}

std::vector<Gradient> Network::zero_gradients() const {
  std::vector<Gradient> gradients;
  gradients.reserve(layers_.size());
  for (const Layer& layer : layers_) {
    gradients.push_back({std::vector<float>(layer.weights.size()), std::vector<float>(layer.biases.size())});
  }
  return gradients;
}

void softmax(std::vector<float>& logits) {
  const float most = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (float& logit : logits) {
    logit = static_cast<float>(exponential(static_cast<double>(logit - most)));
    sum += static_cast<double>(logit);
  }
  for (float& logit : logits) logit = static_cast<float>(static_cast<double>(logit) / sum);
}

std::size_t largest(std::span<const float> values) {
  return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

}  // namespace modelgen
