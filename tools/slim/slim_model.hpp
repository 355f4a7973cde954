// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "slim/weight_layers.hpp"

namespace tmd::host::slim {

/// From which change on a layer's weights are sent, in steps of the grid: half a step sends all that rounding leaves;
/// at kKeepsBase none is.
constexpr double kSendsAll = 0.5;
constexpr double kKeepsBase = 1e9;

/// The layer's weights as stored. A change below the threshold is dropped. What is dropped in a channel adds up to a
/// shift of its output, since most inputs have means above zero: the largest dropped changes of a channel that pull
/// the same way are sent all the same, until less than half a step is left.
std::vector<std::int8_t> slim_weights(const WeightLayer& layer, double threshold);

/// The slim model's file, with a threshold for each layer.
host::Bytes slim_model(const SharedGraph& graph, const std::vector<double>& thresholds);

/// How many weights of the layer differ from the base's.
std::size_t changed_weights(const WeightLayer& layer, const std::vector<std::int8_t>& weights);

}  // namespace tmd::host::slim
