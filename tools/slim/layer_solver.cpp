// SPDX-License-Identifier: Apache-2.0
#include "slim/layer_solver.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace tmd::host::slim {
namespace {

constexpr int kPasses = 10;
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

  /// The squared error of the channel's output, in real units.
  double output_error(const std::vector<std::int8_t>& weights) const {
    double sum = 0;
    for (const MomentBlock& block : moments_.blocks) {
      const std::vector<double> slope = slope_of(block, weights);
      for (std::size_t i = 0; i < block.size; ++i) sum += slope[i] * error(places_[block.start + i], weights);
    }
    return unit_ * sum;
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

/// A layer in the middle of being solved.
class Solver {
 public:
  Solver(const WeightLayer& layer, const LayerMoments& moments, double rate)
      : layer_(layer), per_bit_(rate * mean_unit(layer, moments)) {
    std::vector<std::vector<std::size_t>> places = places_by_channel(layer);
    for (std::size_t c = 0; c < layer.channels; ++c)
      channels_.emplace_back(layer, std::move(places[c]), moments.of(c), layer.scales[c] * layer.scales[c]);
  }

  /// Where it leads depends on where it starts: prices are those of the changes that there are.
  std::vector<std::int8_t> best_of(const std::vector<double>& thresholds) const {
    std::vector<std::int8_t> best;
    double least = 0;
    for (const double threshold : thresholds) {
      std::vector<std::int8_t> weights = started(threshold);
      for (int pass = 0; pass < kPasses && passed(weights); ++pass) {
      }
      const double cost = cost_of(weights);
      if (!best.empty() && cost >= least) continue;
      least = cost;
      best = std::move(weights);
    }
    return best;
  }

  /// Only changes by more than so many steps.
  std::vector<std::int8_t> started(double threshold) const {
    std::vector<std::int8_t> weights(layer_.base.size());
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const double change = std::abs(layer_.wanted[i] - static_cast<double>(layer_.base[i]));
      const bool moves = layer_.regridded[layer_.channel[i]] || change > threshold;
      weights[i] = moves ? rounded(layer_.wanted[i]) : layer_.base[i];
    }
    return weights;
  }

  /// Takes back in the biases what the errors shift the channels' means by.
  void correct(const std::vector<std::int8_t>& weights, std::vector<std::int32_t>& bias) const {
    for (std::size_t c = 0; c < bias.size() && c < channels_.size(); ++c) {
      const double steps = channels_[c].missing_mean(weights) / layer_.input_scale;
      bias[c] += static_cast<std::int32_t>(std::clamp(std::round(steps), -1e9, 1e9));
    }
  }

 private:
  bool passed(std::vector<std::int8_t>& weights) const {
    const ChangePrices prices(layer_.base, weights);
    bool moved = false;
    for (std::size_t c = 0; c < layer_.channels; ++c) {
      if (!layer_.regridded[c] && channels_[c].pass(prices, per_bit_, weights)) moved = true;
    }
    return moved;
  }

  double cost_of(const std::vector<std::int8_t>& weights) const {
    const ChangePrices prices(layer_.base, weights);
    double cost = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (!layer_.regridded[layer_.channel[i]]) cost += per_bit_ * prices.of(weights[i] - layer_.base[i]);
    }
    for (const Channel& channel : channels_) cost += channel.output_error(weights);
    return cost;
  }

  const WeightLayer& layer_;
  double per_bit_;
  std::vector<Channel> channels_;
};

}  // namespace

LayerValues solve_layer(const WeightLayer& layer, const LayerMoments& moments, double rate) {
  const Solver solver(layer, moments, rate);
  constexpr double kNever = 1e9;
  LayerValues values;
  if (rate == kSendsAll)
    values.weights = solver.started(0);
  else if (rate == kKeepsBase)
    values.weights = solver.started(kNever);
  else
    values.weights = solver.best_of({0, 1, 2, kNever});
  values.bias = layer.bias;
  solver.correct(values.weights, values.bias);
  return values;
}

std::size_t changed_weights(const WeightLayer& layer, const std::vector<std::int8_t>& weights) {
  return std::inner_product(weights.begin(), weights.end(), layer.base.begin(), std::size_t{0}, std::plus<>(),
                            [](std::int8_t a, std::int8_t b) { return a != b ? 1U : 0U; });
}

}  // namespace tmd::host::slim
