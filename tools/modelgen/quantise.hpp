// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "modelgen/graph.hpp"
#include "modelgen/motion.hpp"
#include "modelgen/network.hpp"
#include "modelgen/quantised_tensors.hpp"

namespace modelgen {

/// So many inputs are looked at to calibrate a network, where there are more.
constexpr std::size_t kCalibrationWindows = 300;

/// The range of the input and of each layer's output, in the order of `Network::Signals`.
std::vector<Range> calibrate(const Network& network, std::span<const MotionWindow> windows);

/// Widens `ranges` to what the network makes of one input.
void widen(std::vector<Range>& ranges, const Network& network, std::span<const float> input);

/// The eight-bit model, by the rules of the TFLite converter (TFLite 8-bit quantization specification):
/// - activations: asymmetric int8 over the calibrated range; pools and reshapes keep that of their input;
/// - weights: symmetric int8 in [-127, 127], a scale for each output channel (convolution: dimension 0,
///   depthwise: dimension 3), one for the whole tensor of a fully connected layer;
/// - biases: int32, scale = input scale * weight scale rounded to float, zero point 0;
/// - softmax output: scale 1/256, zero point -128.
Graph quantise(const Network& network, const std::vector<Range>& ranges);

/// The same for a chain of fully connected layers whose last output is the answer itself: no softmax, and the input is
/// taken flat. `input` and `output` are their names.
Graph quantise_regression(const Network& network, const std::vector<Range>& ranges, const std::string& input,
                          const std::string& output);

/// The same as `quantise` with the scales that `base`, a network of the same shape, has for its weights: a
/// weight that stands where it stood there is stored as it was there.
Graph quantise_on_grid_of(const Network& base, const Network& network, const std::vector<Range>& ranges);

}  // namespace modelgen
