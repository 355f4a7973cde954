// SPDX-License-Identifier: Apache-2.0
#include "slim/layer_solver.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace tmd::host::slim {
namespace {

constexpr int kPasses = 6;
constexpr int kFarthest = 255;

std::int8_t rounded(double steps) {
  return static_cast<std::int8_t>(std::clamp(std::round(steps), -127.0, 127.0));
}

/// Bits of a change by so many steps, from how often each occurs.
class ChangePrices {
 public:
  ChangePrices(const std::vector<std::int8_t>& base, const std::vector<std::int8_t>& weights) {
    std::array<double, kFarthest + 1> count{};
    for (std::size_t i = 0; i < base.size(); ++i) ++count[distance(weights[i] - base[i])];
    const auto all = static_cast<double>(base.size());
    for (std::size_t d = 0; d < bits_.size(); ++d) {
      // Far changes are rare: they share what is seen near them, and a change takes a bit for its sign.
      const double seen =
          count[d] + 0.25 * std::exp2(-static_cast<double>(d) / 8) * std::sqrt(all) / 16 + 1e-3;
      bits_[d] = -std::log2(std::min(1.0, seen / all)) + (d == 0 ? 0 : 1);
    }
    // What moves little never costs more than what moves far.
    for (std::size_t d = bits_.size() - 1; d-- > 1;) bits_[d] = std::min(bits_[d], bits_[d + 1]);
  }

  double of(int change) const { return bits_[distance(change)]; }

 private:
  static std::size_t distance(int change) {
    return static_cast<std::size_t>(std::min(std::abs(change), kFarthest));
  }

  std::array<double, kFarthest + 1> bits_{};
};

/// One channel's weights: their places in the layer, and the errors that they leave.
class Channel {
 public:
  Channel(const WeightLayer& layer, std::vector<std::size_t> places, const InputMoments& moments, double unit)
      : layer_(layer), places_(std::move(places)), moments_(moments), unit_(unit) {}

  /// Returns whether a weight moved. `rate` of squared error in real units for a bit.
  bool pass(const ChangePrices& prices, double rate, std::vector<std::int8_t>& weights) const {
    bool moved = false;
    for (const MomentBlock& block : moments_.blocks) {
      std::vector<double> slope = slope_of(block, weights);
      for (std::size_t i = 0; i < block.size; ++i) {
        const std::size_t at = places_[block.start + i];
        const auto own = static_cast<double>(block.at(i, i));
        const double best = static_cast<double>(weights[at]) - slope[i] / own;
        const std::int8_t chosen = choose(at, best, own * unit_, prices, rate, weights[at]);
        if (chosen == weights[at]) continue;
        const double by = chosen - weights[at];
        for (std::size_t j = 0; j < block.size; ++j) slope[j] += by * static_cast<double>(block.at(i, j));
        weights[at] = chosen;
        moved = true;
      }
    }
    return moved;
  }

  /// By how much the errors lower the channel's mean, in real units of the input times steps of the grid.
  double missing_mean(const std::vector<std::int8_t>& weights) const {
    double sum = 0;
    for (std::size_t i = 0; i < places_.size(); ++i) sum += moments_.mean[i] * error(places_[i], weights);
    return -sum;
  }

 private:
  double error(std::size_t at, const std::vector<std::int8_t>& weights) const {
    return static_cast<double>(weights[at]) - layer_.wanted[at];
  }

  /// Half the gradient of the error.
  std::vector<double> slope_of(const MomentBlock& block, const std::vector<std::int8_t>& weights) const {
    std::vector<double> slope(block.size);
    for (std::size_t j = 0; j < block.size; ++j) {
      const double left = error(places_[block.start + j], weights);
      if (left == 0) continue;
      for (std::size_t i = 0; i < block.size; ++i) slope[i] += left * static_cast<double>(block.at(j, i));
    }
    return slope;
  }

  /// The base's value, the best one, its neighbour on the base's side, or what it is.
  std::int8_t choose(std::size_t at, double best, double weight, const ChangePrices& prices, double rate,
                     std::int8_t now) const {
    const std::int8_t base = layer_.base[at];
    const std::int8_t near = rounded(best);
    const auto nearer = static_cast<std::int8_t>(near + (near > base ? -1 : near < base ? 1 : 0));
    std::int8_t chosen = now;
    double least = cost(now, base, best, weight, prices, rate);
    for (const std::int8_t value : {base, near, nearer}) {
      const double here = cost(value, base, best, weight, prices, rate);
      if (here < least) {
        least = here;
        chosen = value;
      }
    }
    return chosen;
  }

  static double cost(std::int8_t value, std::int8_t base, double best, double weight,
                     const ChangePrices& prices, double rate) {
    const double off = static_cast<double>(value) - best;
    return weight * off * off + rate * prices.of(value - base);
  }

  const WeightLayer& layer_;
  std::vector<std::size_t> places_;
  const InputMoments& moments_;
  double unit_;  ///< Of a squared error: the square of a step.
};

std::vector<std::vector<std::size_t>> places_by_channel(const WeightLayer& layer) {
  std::vector<std::vector<std::size_t>> places(layer.channels);
  for (std::size_t i = 0; i < layer.base.size(); ++i) places[layer.channel[i]].push_back(i);
  return places;
}

/// The squared error that a step in one weight makes, in the mean over the layer's weights.
double mean_unit(const WeightLayer& layer, const LayerMoments& moments) {
  double sum = 0;
  double count = 0;
  for (std::size_t c = 0; c < layer.channels; ++c) {
    for (const MomentBlock& block : moments.of(c).blocks) {
      for (std::size_t i = 0; i < block.size; ++i)
        sum += layer.scales[c] * layer.scales[c] * static_cast<double>(block.at(i, i));
      count += static_cast<double>(block.size);
    }
  }
  return count == 0 ? 0 : sum / count;
}

std::vector<std::int8_t> rounded_weights(const WeightLayer& layer, bool keeps_base) {
  std::vector<std::int8_t> weights(layer.base.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const bool stays = keeps_base && !layer.regridded[layer.channel[i]];
    weights[i] = stays ? layer.base[i] : rounded(layer.wanted[i]);
  }
  return weights;
}

}  // namespace

LayerValues solve_layer(const WeightLayer& layer, const LayerMoments& moments, double rate) {
  LayerValues values = {rounded_weights(layer, rate == kKeepsBase), layer.bias};
  const double per_bit = rate * mean_unit(layer, moments);
  std::vector<Channel> channels;
  std::vector<std::vector<std::size_t>> places = places_by_channel(layer);
  for (std::size_t c = 0; c < layer.channels; ++c)
    channels.emplace_back(layer, std::move(places[c]), moments.of(c), layer.scales[c] * layer.scales[c]);
  bool moves = rate != kSendsAll && rate != kKeepsBase;
  for (int pass = 0; moves && pass < kPasses; ++pass) {
    const ChangePrices prices(layer.base, values.weights);
    moves = false;
    for (std::size_t c = 0; c < layer.channels; ++c) {
      if (!layer.regridded[c] && channels[c].pass(prices, per_bit, values.weights)) moves = true;
    }
  }
  for (std::size_t c = 0; c < values.bias.size() && c < channels.size(); ++c) {
    const double steps = channels[c].missing_mean(values.weights) / layer.input_scale;
    values.bias[c] += static_cast<std::int32_t>(std::clamp(std::round(steps), -1e9, 1e9));
  }
  return values;
}

std::size_t changed_weights(const WeightLayer& layer, const std::vector<std::int8_t>& weights) {
  return std::inner_product(weights.begin(), weights.end(), layer.base.begin(), std::size_t{0}, std::plus<>(),
                            [](std::int8_t a, std::int8_t b) { return a != b ? 1U : 0U; });
}

}  // namespace tmd::host::slim
