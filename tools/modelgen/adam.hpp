// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "modelgen/network.hpp"

namespace modelgen {

/// Gradient descent with a step of its own for each parameter, from running means of the gradient and of its
/// square (Kingma and Ba, 2015). Layers before `first` are left as they are, to the bit.
class Adam {
 public:
  Adam(const Network& network, std::size_t first)
      : first_(first), mean_(network.zero_gradients()), square_(network.zero_gradients()) {}

  /// Moves the parameters against `gradients`, the mean over a batch.
  void step(Network& network, const std::vector<Gradient>& gradients, float rate) {
    mean_left_ *= kMeanDecay;
    square_left_ *= kSquareDecay;
    for (std::size_t i = first_; i < gradients.size(); ++i) {
      Layer& layer = network.layers()[i];
      move(layer.weights, gradients[i].weights, mean_[i].weights, square_[i].weights, rate);
      move(layer.biases, gradients[i].biases, mean_[i].biases, square_[i].biases, rate);
    }
  }

 private:
  static constexpr float kMeanDecay = 0.9F;
  static constexpr float kSquareDecay = 0.999F;
  static constexpr float kFloor = 1e-8F;

  void move(std::vector<float>& parameters, const std::vector<float>& gradient, std::vector<float>& mean,
            std::vector<float>& square, float rate) const {
    // The running means start at zero; these undo that bias.
    const float mean_scale = 1.0F / (1.0F - mean_left_);
    const float square_scale = 1.0F / (1.0F - square_left_);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      mean[i] = kMeanDecay * mean[i] + (1.0F - kMeanDecay) * gradient[i];
      square[i] = kSquareDecay * square[i] + (1.0F - kSquareDecay) * gradient[i] * gradient[i];
      parameters[i] -= rate * mean[i] * mean_scale / (std::sqrt(square[i] * square_scale) + kFloor);
    }
  }

  std::size_t first_;
  float mean_left_ = 1.0F;
  float square_left_ = 1.0F;
  std::vector<Gradient> mean_;
  std::vector<Gradient> square_;
};

}  // namespace modelgen
