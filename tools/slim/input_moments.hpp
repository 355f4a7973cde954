// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "inference/answers.hpp"
#include "slim/weight_layers.hpp"

namespace tmd::host::slim {

/// A square part of the matrix of moments: the inputs [start, start + size) among themselves.
struct MomentBlock {
  std::size_t start = 0;
  std::size_t size = 0;
  std::vector<float> values;  ///< Row by row.

  float at(std::size_t row, std::size_t column) const { return values[row * size + column]; }
  float& at(std::size_t row, std::size_t column) { return values[row * size + column]; }
};

/// How the numbers are spread that the weights of one channel are multiplied with: by it, an error in the weights
/// becomes one of the channel's output, since E[(e.x)^2] = e.C.e. In real units. Between blocks it counts as none.
struct InputMoments {
  std::vector<double> mean;  ///< For each weight of a channel.
  std::vector<MomentBlock> blocks;
};

/// Those of a layer: one for all channels, or one for each (depthwise).
struct LayerMoments {
  std::vector<InputMoments> channels;

  const InputMoments& of(std::size_t channel) const { return channels[channels.size() == 1 ? 0 : channel]; }
};

/// More samples make it surer and take longer.
constexpr std::size_t kMomentSamples = 256;

/// Runs the target on the samples and looks at what comes into each layer. A layer with a bias gets central moments:
/// what is constant in an error the bias takes back. Some of the spread is taken as independent, as the samples are
/// few. Where there are no samples, inputs count as independent, alike and above zero in the mean; the mean itself is
/// then not known, and zero here.
std::vector<LayerMoments> input_moments(const SharedGraph& graph, ConstBytes target,
                                        const std::vector<inference::Sample>& samples);

}  // namespace tmd::host::slim
