// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "model/open_model.hpp"

namespace tmd::host::slim {

/// The int8 weights of one layer, in base and target, on the grid of the slim model.
struct WeightLayer {
  std::string name;
  model::ByteRange bytes;            ///< In the base's file.
  std::vector<std::int8_t> base;     ///< As the base stores them.
  std::vector<double> wanted;        ///< The target's weights in steps of the grid.
  std::vector<std::size_t> channel;  ///< To which output channel each weight belongs.
  std::size_t channels = 1;
  /// Channels that the base's scale can't hold without losing more than rounding does: they get the target's scale,
  /// and the target's weights as they are.
  std::vector<bool> regridded;
  std::vector<double> scales;  ///< For each channel: a step of the grid as a real number.
  std::size_t operation = 0;   ///< Index of the operator that it belongs to.
  double input_scale = 1;      ///< Of the slim model's input to that operator.
  /// In the base's file; empty where there is none, one without a scale, or one that others use too.
  model::ByteRange bias_bytes;
  std::vector<std::int32_t> bias;  ///< The target's, in steps of the slim model.
};

/// Base and target as one graph: the base's file with everything but the weights already the target's, on the base's
/// quantisation where that holds the target's ranges.
struct SharedGraph {
  host::Bytes frame;  ///< A model file; the bytes of `layers` in it are the base's.
  std::vector<WeightLayer> layers;
  /// Names of int8 weights that are the target's as they are: their bytes, or they, are used in several places.
  std::vector<std::string> left_as_they_are;
  bool keeps_activations = true;  ///< The base's scales and zero points of all activations stay.
};

/// Whose quantisation activations have: the base's costs no bytes and clips what leaves its ranges.
enum class Activations { of_base, of_target };

/// How far the target's range of an activation may leave the base's, as a part of its width, before the target's
/// quantisation is taken whatever was asked for.
constexpr double kMostClipped = 0.1;

/// Throws host::Error where the models are not the same graph (other tensors, operators or options), where the target
/// has no int8 weights, or where tensors lie in the same bytes in the base and are not equal in the target.
SharedGraph share_graph(const model::OpenModel& base, const model::OpenModel& target,
                        Activations activations = Activations::of_base);

}  // namespace tmd::host::slim
