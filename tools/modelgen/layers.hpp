// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "modelgen/network.hpp"

namespace modelgen {

/// Computes the layer's output (of `layer.output.count()` numbers) from its input.
void layer_forward(const Layer& layer, const std::vector<float>& input, std::vector<float>& output);

/// From the derivative of the loss by the layer's output to those by its parameters, which are added to
/// `gradient`, and by its input, which are written to `by_input`. `output` is what `layer_forward` gave.
void layer_backward(const Layer& layer, const std::vector<float>& input, const std::vector<float>& output,
                    std::vector<float> by_output, Gradient& gradient, std::vector<float>& by_input);

}  // namespace modelgen
