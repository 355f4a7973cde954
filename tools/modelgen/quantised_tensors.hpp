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

// How the converter names things: after the Keras layers they come from. A name with a slash has its scope already.
std::string scoped(const std::string& name);
std::string weight_name(const Layer& layer);

/// Asymmetric int8 over the range.
Quantisation activation_quantisation(const Range& range);

/// The scales that the converter gives the layer's weights: one for each output channel, or one for the whole tensor of
/// a fully connected layer; the largest magnitude becomes 127.
std::vector<float> weight_scales(const Layer& layer);

/// To which of the scales a weight belongs, by its place in the layer's order.
std::size_t scale_of_weight(const Layer& layer, std::size_t weight);

/// The layer's weights as symmetric int8 in [-127, 127] by these scales; what lies beyond is clipped.
GraphTensor quantised_weights(const Layer& layer, const std::vector<float>& scales);

/// The layer's biases as int32 with the scale of input times weight.
GraphTensor quantised_biases(const Layer& layer, float input_scale, const Quantisation& weights);

/// The constant that tells a reshape what to make.
GraphTensor shape_constant(const std::string& name, const std::vector<std::int32_t>& shape);

}  // namespace modelgen
