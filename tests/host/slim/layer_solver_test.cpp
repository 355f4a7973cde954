// SPDX-License-Identifier: Apache-2.0
#include "slim/layer_solver.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/bytes.hpp"

using namespace tmd;
using namespace tmd::host::slim;

namespace {

/// One channel of weights that stand at 10 and are wanted elsewhere, on a grid of steps of one.
WeightLayer layer_of(const std::vector<double>& changes) {
  WeightLayer layer;
  for (const double change : changes) {
    layer.base.push_back(10);
    layer.wanted.push_back(10 + change);
    layer.channel.push_back(0);
  }
  layer.regridded.resize(1);
  layer.scales = {1};
  return layer;
}

/// Inputs with this mean that vary alike and independently, but for a part that all have in common.
LayerMoments moments_of(std::size_t size, double in_common, double mean = 0) {
  LayerMoments moments;
  InputMoments channel;
  channel.mean.assign(size, mean);
  channel.blocks.push_back({0, size, std::vector<float>(size * size, static_cast<float>(in_common))});
  for (std::size_t i = 0; i < size; ++i) channel.blocks[0].at(i, i) += 1.0F;
  moments.channels.push_back(channel);
  return moments;
}

/// The squared error of the channel's output.
double output_error(const WeightLayer& layer, const LayerMoments& moments,
                    const std::vector<std::int8_t>& weights) {
  double sum = 0;
  const MomentBlock& block = moments.channels[0].blocks[0];
  for (std::size_t i = 0; i < weights.size(); ++i) {
    for (std::size_t j = 0; j < weights.size(); ++j)
      sum += (weights[i] - layer.wanted[i]) * (weights[j] - layer.wanted[j]) *
             static_cast<double>(block.at(i, j));
  }
  return sum;
}

}  // namespace

TEST_CASE("at the ends of the scale all is sent, or nothing") {
  const WeightLayer layer = layer_of({0.9, -0.9, 2.6, -3.4});
  const LayerMoments moments = moments_of(4, 0);
  CHECK(solve_layer(layer, moments, kSendsAll).weights == std::vector<std::int8_t>{11, 9, 13, 7});
  CHECK(solve_layer(layer, moments, kKeepsBase).weights == std::vector<std::int8_t>{10, 10, 10, 10});
}

TEST_CASE("a higher rate sends fewer changes, the largest ones last of all") {
  std::vector<double> changes;
  const test::Bytes noise = test::random_bytes(800, 7);
  for (std::size_t i = 0; i < noise.size(); i += 2)
    changes.push_back((noise[i] + noise[i + 1] - 255) / 200.0);
  changes.push_back(60);
  const WeightLayer layer = layer_of(changes);
  const LayerMoments moments = moments_of(changes.size(), 0);
  std::size_t before = changes.size() + 1;
  std::size_t at_first = 0;
  for (const double rate : {0.005, 0.05, 0.2, 1.0}) {
    const std::vector<std::int8_t> weights = solve_layer(layer, moments, rate).weights;
    const std::size_t changed = changed_weights(layer, weights);
    CHECK(changed <= before);
    CHECK(weights.back() == 70);
    if (at_first == 0) at_first = changed;
    before = changed;
  }
  CHECK(before < at_first / 10);
}

TEST_CASE("what is dropped in a channel does not add up where its inputs move together") {
  std::vector<double> changes(64, 0.4);
  const WeightLayer layer = layer_of(changes);
  const LayerMoments together = moments_of(64, 1.0);
  const std::vector<std::int8_t> weights = solve_layer(layer, together, 0.05).weights;
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) sum += weights[i] - layer.wanted[i];
  CHECK(std::abs(sum) < 3);
  CHECK(changed_weights(layer, weights) < 40);
  // Rounding each for itself loses far more of the output, for no fewer bytes.
  const std::vector<std::int8_t> rounded(64, 10);
  CHECK(output_error(layer, together, weights) < 0.1 * output_error(layer, together, rounded));
}

TEST_CASE("the bias takes back what errors shift the mean by") {
  WeightLayer layer = layer_of({0.25, 0.25});
  layer.bias = {1000};
  layer.input_scale = 0.5;
  // The mean falls by 2 * 0.25 * 8 in real units of the input, in steps of 0.5 each.
  CHECK(solve_layer(layer, moments_of(2, 0, 8), kKeepsBase).bias == std::vector<std::int32_t>{1008});
  CHECK(solve_layer(layer, moments_of(2, 0, 0), kKeepsBase).bias == std::vector<std::int32_t>{1000});
}

TEST_CASE("a channel on the target's grid takes the target's weights whatever the rate") {
  WeightLayer layer = layer_of({0.9, 5});
  layer.regridded[0] = true;
  for (const double rate : {kSendsAll, 1.0, kKeepsBase})
    CHECK(solve_layer(layer, moments_of(2, 0), rate).weights == std::vector<std::int8_t>{11, 15});
}
