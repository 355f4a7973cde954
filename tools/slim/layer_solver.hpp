// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "slim/input_moments.hpp"
#include "slim/weight_layers.hpp"

namespace tmd::host::slim {

/// What a slim model stores of one layer.
struct LayerValues {
  std::vector<std::int8_t> weights;
  std::vector<std::int32_t> bias;  ///< Empty where the layer has none.

  bool operator==(const LayerValues&) const = default;
};

/// The rate at which errors are bought with bytes: bits for each step's worth of squared error in a mean weight. At
/// kSendsAll all that rounding leaves is sent, at kKeepsBase nothing.
constexpr double kSendsAll = 0;
constexpr double kKeepsBase = 1e9;

/// Chooses for each weight whether it stays the base's or moves, and where to, so that the error of the layer's outputs
/// (by `moments`) plus `rate` times the bits of the changes is small: weight by weight, each answering to the errors
/// that the others leave, until none moves any more. Bits are those of the changes' own distribution, which is taken
/// anew in each pass. Then the bias takes back what the remaining errors shift a channel's mean by.
LayerValues solve_layer(const WeightLayer& layer, const LayerMoments& moments, double rate);

/// How many weights of the layer differ from the base's.
std::size_t changed_weights(const WeightLayer& layer, const std::vector<std::int8_t>& weights);

}  // namespace tmd::host::slim
