// SPDX-License-Identifier: Apache-2.0
#include "slim/slim_model.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

namespace tmd::host::slim {
namespace {

std::int8_t rounded(double steps) {
  return static_cast<std::int8_t>(std::clamp(std::round(steps), -127.0, 127.0));
}

/// Sends dropped changes of one channel, the largest first, while they make the sum of what is dropped smaller.
void compensate(const WeightLayer& layer, std::vector<std::size_t>& dropped,
                std::vector<std::int8_t>& weights) {
  const auto change = [&](std::size_t i) { return layer.wanted[i] - static_cast<double>(layer.base[i]); };
  double sum = 0;
  for (const std::size_t i : dropped) sum += change(i);
  const double way = sum < 0 ? -1 : 1;
  std::sort(dropped.begin(), dropped.end(),
            [&](std::size_t a, std::size_t b) { return way * change(a) > way * change(b); });
  for (const std::size_t i : dropped) {
    if (way * sum <= 0.5) break;
    const std::int8_t sent = rounded(static_cast<double>(layer.base[i]) + way);
    if (sent == layer.base[i] || way * change(i) <= 0) break;
    weights[i] = sent;
    sum -= way;
  }
}

}  // namespace

std::vector<std::int8_t> slim_weights(const WeightLayer& layer, double threshold) {
  std::vector<std::int8_t> weights(layer.base.size());
  std::vector<std::vector<std::size_t>> dropped(layer.channels);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double change = std::abs(layer.wanted[i] - static_cast<double>(layer.base[i]));
    const bool sent = layer.regridded[layer.channel[i]] || change > threshold;
    weights[i] = sent ? rounded(layer.wanted[i]) : layer.base[i];
    if (!sent) dropped[layer.channel[i]].push_back(i);
  }
  if (threshold > kSendsAll && threshold < kKeepsBase) {
    for (std::vector<std::size_t>& of_channel : dropped) compensate(layer, of_channel, weights);
  }
  return weights;
}

host::Bytes slim_model(const SharedGraph& graph, const std::vector<double>& thresholds) {
  host::Bytes file = graph.frame;
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    const std::vector<std::int8_t> weights = slim_weights(graph.layers[i], thresholds[i]);
    std::memcpy(file.data() + graph.layers[i].bytes.offset, weights.data(), weights.size());
  }
  return file;
}

std::size_t changed_weights(const WeightLayer& layer, const std::vector<std::int8_t>& weights) {
  return std::inner_product(weights.begin(), weights.end(), layer.base.begin(), std::size_t{0}, std::plus<>(),
                            [](std::int8_t a, std::int8_t b) { return a != b ? 1U : 0U; });
}

}  // namespace tmd::host::slim
