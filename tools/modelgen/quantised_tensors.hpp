// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "modelgen/graph.hpp"
#include "modelgen/network.hpp"

namespace modelgen {

/// The smallest and the largest value of a signal over the calibration windows. Holds zero, because zero
/// (padding, a rectifier at rest) must be exact.
struct Range {
  float low = 0.0F;
  float high = 0.0F;
};

// How the converter names things: after the Keras layers they come from.
std::string scoped(const std::string& name);
std::string weight_name(const Layer& layer);

/// Asymmetric int8 over the range.
Quantisation activation_quantisation(const Range& range);

/// The layer's weights as symmetric int8 in [-127, 127]: a scale for each output channel, or one for the
/// whole tensor of a fully connected layer.
GraphTensor quantised_weights(const Layer& layer);

/// The layer's biases as int32 with the scale of input times weight.
GraphTensor quantised_biases(const Layer& layer, float input_scale, const Quantisation& weights);

/// The constant that tells a reshape what to make.
GraphTensor shape_constant(const std::string& name, const std::vector<std::int32_t>& shape);

}  // namespace modelgen
