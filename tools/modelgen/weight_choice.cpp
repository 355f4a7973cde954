// SPDX-License-Identifier: Apache-2.0
#include "modelgen/weight_choice.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <vector>

#include "modelgen/quantised_tensors.hpp"

namespace modelgen {
namespace {

/// How far each weight of a layer moved, in steps of the grid.
std::vector<float> steps_moved(const Layer& base, const Layer& tuned) {
  if (!base.trainable()) return {};
  const std::vector<float> scales = weight_scales(base);
  std::vector<float> steps(base.weights.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    steps[i] = std::abs(tuned.weights[i] - base.weights[i]) / scales[scale_of_weight(base, i)];
  }
  return steps;
}

}  // namespace

WeightMask furthest_moved(const Network& base, const Network& tuned, double share) {
  std::vector<std::vector<float>> steps;
  std::vector<float> all;
  for (std::size_t i = 0; i < base.layers().size(); ++i) {
    steps.push_back(steps_moved(base.layers()[i], tuned.layers()[i]));
    all.insert(all.end(), steps.back().begin(), steps.back().end());
  }
  const std::size_t kept = std::clamp<std::size_t>(
      static_cast<std::size_t>(std::lround(share * static_cast<double>(all.size()))), 1, all.size());
  std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept - 1), all.end(),
                   std::greater<>());
  const float least = all[kept - 1];
  WeightMask mask;
  for (const std::vector<float>& layer : steps) {
    mask.emplace_back();
    for (const float moved : layer) mask.back().push_back(moved >= least);
  }
  return mask;
}

Network on_grid(const Network& network) {
  Network result = network;
  for (Layer& layer : result.layers()) {
    if (!layer.trainable()) continue;
    const std::vector<float> scales = weight_scales(layer);
    for (std::size_t i = 0; i < layer.weights.size(); ++i) {
      const float scale = scales[scale_of_weight(layer, i)];
      layer.weights[i] = std::round(layer.weights[i] / scale) * scale;
    }
  }
  return result;
}

}  // namespace modelgen
