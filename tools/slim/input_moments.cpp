// SPDX-License-Identifier: Apache-2.0
#include "slim/input_moments.hpp"

#include <algorithm>
#include <cmath>

#include "slim/layer_inputs.hpp"

namespace tmd::host::slim {
namespace {

/// Larger matrices are cut into blocks along their diagonal: time grows with the square.
constexpr std::size_t kLargestBlock = 512;
/// Rows of a layer's input, over all samples, that are looked at.
constexpr std::size_t kRowsPerLayer = 6144;
/// The part of the mean spread that is added to each input's own.
constexpr double kIndependent = 0.05;
/// Without samples: the square of the mean, as a part of the spread.
constexpr double kMeanSquare = 0.5;

InputMoments empty_moments(std::size_t size) {
  InputMoments moments;
  moments.mean.assign(size, 0);
  const std::size_t blocks = (size + kLargestBlock - 1) / kLargestBlock;
  for (std::size_t b = 0; b < blocks; ++b) {
    const std::size_t start = size * b / blocks;
    const std::size_t length = size * (b + 1) / blocks - start;
    moments.blocks.push_back({start, length, std::vector<float>(length * length)});
  }
  return moments;
}

void add_row(const std::vector<float>& row, InputMoments& moments) {
  for (std::size_t i = 0; i < row.size(); ++i) moments.mean[i] += static_cast<double>(row[i]);
  for (MomentBlock& block : moments.blocks) {
    for (std::size_t i = 0; i < block.size; ++i) {
      const float factor = row[block.start + i];
      if (factor == 0) continue;
      float* into = &block.values[i * block.size];
      for (std::size_t j = 0; j <= i; ++j) into[j] += factor * row[block.start + j];
    }
  }
}

/// From sums to moments, the upper half from the lower one.
void finish(InputMoments& moments, double rows, bool central) {
  for (double& mean : moments.mean) mean /= rows;
  for (MomentBlock& block : moments.blocks) {
    double trace = 0;
    for (std::size_t i = 0; i < block.size; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        double value = static_cast<double>(block.at(i, j)) / rows;
        if (central) value -= moments.mean[block.start + i] * moments.mean[block.start + j];
        block.at(i, j) = block.at(j, i) = static_cast<float>(value);
      }
      trace += static_cast<double>(block.at(i, i));
    }
    const auto own = static_cast<float>(kIndependent * trace / static_cast<double>(block.size) + 1e-12);
    for (std::size_t i = 0; i < block.size; ++i) block.at(i, i) += own;
  }
}

std::size_t weights_per_channel(const WeightLayer& layer) {
  return layer.channels == 0 ? 0 : layer.base.size() / layer.channels;
}

LayerMoments guessed(const WeightLayer& layer) {
  LayerMoments moments;
  moments.channels.push_back(empty_moments(weights_per_channel(layer)));
  for (MomentBlock& block : moments.channels[0].blocks) {
    std::fill(block.values.begin(), block.values.end(), static_cast<float>(kMeanSquare));
    for (std::size_t i = 0; i < block.size; ++i) block.at(i, i) += 1.0F;
  }
  return moments;
}

}  // namespace

std::vector<LayerMoments> input_moments(const SharedGraph& graph, ConstBytes target,
                                        const std::vector<inference::Sample>& samples) {
  std::vector<LayerMoments> all;
  if (samples.empty()) {
    for (const WeightLayer& layer : graph.layers) all.push_back(guessed(layer));
    return all;
  }
  const std::size_t count = std::min(samples.size(), kMomentSamples);
  inference::ModelRunner runner(target, "the target");
  std::vector<LayerInputs> inputs;
  std::vector<double> rows(graph.layers.size());
  for (const WeightLayer& layer : graph.layers) {
    inputs.emplace_back(runner.model(), layer.operation, kRowsPerLayer / count + 1);
    all.push_back(guessed(layer));
    if (!inputs.back().is_readable()) continue;
    const std::size_t apart = inputs.back().is_depthwise() ? layer.channels : 1;
    all.back().channels.assign(apart, empty_moments(weights_per_channel(layer)));
  }
  for (std::size_t s = 0; s < count; ++s) {
    (void)runner.run(host::view(samples[s].input), [&](std::uint32_t operation) {
      for (std::size_t i = 0; i < graph.layers.size(); ++i) {
        if (graph.layers[i].operation != operation || !inputs[i].is_readable()) continue;
        rows[i] += static_cast<double>(inputs[i].for_each_row(
            runner.tensor_bytes(inputs[i].tensor()), [&](std::size_t channel, const std::vector<float>& row) {
              add_row(row, all[i].channels[channel]);
            }));
      }
    });
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!inputs[i].is_readable()) continue;
    for (InputMoments& moments : all[i].channels)
      finish(moments, std::max(1.0, rows[i]), !graph.layers[i].bias.empty());
  }
  return all;
}

}  // namespace tmd::host::slim
