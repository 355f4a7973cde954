// SPDX-License-Identifier: Apache-2.0
#include "slim/search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "codec/encode_body.hpp"

namespace tmd::host::slim {
namespace {

constexpr double kLevels[] = {kSendsAll, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, kKeepsBase};
constexpr std::size_t kLevelCount = std::size(kLevels);
/// Of sensitivity: more samples make it surer, and take longer.
constexpr std::size_t kSensitivitySamples = 64;
constexpr int kRates = 12;

/// What one layer costs at one threshold.
struct Choice {
  double bits = 0;
  double distortion = 0;
};

double body_bits(ConstBytes base, ConstBytes target, Effort effort) {
  EncodeOptions options;
  options.effort = effort;
  return 8.0 * static_cast<double>(encode_body(base, target, options).bytes.size());
}

ConstBytes bytes_of(const std::vector<std::int8_t>& weights) {
  return ConstBytes(reinterpret_cast<const std::uint8_t*>(weights.data()), weights.size());
}

class Search {
 public:
  explicit Search(const SearchInput& input) : input_(input), layers_(input.graph.layers) {
    const std::size_t count = std::min(input.samples.size(), kSensitivitySamples);
    some_.assign(input.samples.begin(), input.samples.begin() + static_cast<std::ptrdiff_t>(count));
  }

  std::vector<Point> run() {
    measure_layers();
    std::vector<Point> curve;
    for (int i = 0; i <= kRates; ++i) {
      const std::vector<double> thresholds =
          i == kRates ? std::vector<double>(layers_.size(), kKeepsBase) : cheapest(rate(i));
      if (curve.empty() || curve.back().thresholds != thresholds) curve.push_back(measured(thresholds));
      progress(0.5 + 0.5 * static_cast<double>(i) / kRates);
    }
    std::stable_sort(curve.begin(), curve.end(),
                     [](const Point& a, const Point& b) { return a.body_bytes > b.body_bytes; });
    return curve;
  }

 private:
  void progress(double share) const {
    if (input_.on_progress) input_.on_progress(share);
  }

  void measure_layers() {
    choices_.assign(layers_.size(), std::vector<Choice>(kLevelCount));
    const std::vector<double> all(layers_.size(), kSendsAll);
    const double least = distortion(all);
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      for (std::size_t level = 0; level < kLevelCount; ++level) {
        const std::vector<std::int8_t> weights = slim_weights(layers_[i], kLevels[level]);
        Choice& choice = choices_[i][level];
        choice.bits = body_bits(bytes_of(layers_[i].base), bytes_of(weights), Effort::quick);
        std::vector<double> thresholds = all;
        thresholds[i] = kLevels[level];
        choice.distortion =
            some_.empty() ? weight_error(layers_[i], weights) : std::max(0.0, distortion(thresholds) - least);
      }
      progress(0.5 * static_cast<double>(i + 1) / static_cast<double>(layers_.size()));
    }
  }

  /// How far the slim model's outputs are from the target's, in the mean over a few samples: the squared difference.
  double distortion(const std::vector<double>& thresholds) {
    if (some_.empty()) return 0;
    const host::Bytes file = slim_model(input_.graph, thresholds);
    inference::ModelRunner target(input_.target, "the target");
    inference::ModelRunner slim(host::view(file), "the slim model");
    double sum = 0;
    for (const inference::Sample& sample : some_) {
      const host::Bytes wanted = target.run(host::view(sample.input));
      const host::Bytes got = slim.run(host::view(sample.input));
      const std::vector<double> a = inference::real_values(host::view(wanted), target.output_tensor());
      const std::vector<double> b = inference::real_values(host::view(got), slim.output_tensor());
      for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return sum / static_cast<double>(some_.size());
  }

  /// Without samples: the part of the layer's energy that is missing.
  static double weight_error(const WeightLayer& layer, const std::vector<std::int8_t>& weights) {
    double error = 0;
    double energy = 1e-9;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const double missing = layer.wanted[i] - static_cast<double>(weights[i]);
      error += missing * missing;
      energy += layer.wanted[i] * layer.wanted[i];
    }
    return error / energy;
  }

  /// How much distortion a bit is worth, from nothing to everything.
  double rate(int step) const {
    if (step == 0) return 0;
    double largest = 1e-12;
    double bits = 0;
    for (const std::vector<Choice>& layer : choices_) {
      for (const Choice& choice : layer) largest = std::max(largest, choice.distortion);
      bits += layer.front().bits;
    }
    return largest / std::max(bits, 1.0) * std::pow(2.0, static_cast<double>(step) * 1.25 - 10.0);
  }

  std::vector<double> cheapest(double rate) const {
    std::vector<double> thresholds;
    for (const std::vector<Choice>& layer : choices_) {
      std::size_t best = 0;
      for (std::size_t level = 1; level < kLevelCount; ++level) {
        if (layer[level].distortion + rate * layer[level].bits <
            layer[best].distortion + rate * layer[best].bits)
          best = level;
      }
      thresholds.push_back(kLevels[best]);
    }
    return thresholds;
  }

  Point measured(const std::vector<double>& thresholds) {
    Point point;
    point.thresholds = thresholds;
    const host::Bytes file = slim_model(input_.graph, thresholds);
    point.body_bytes =
        static_cast<std::size_t>(body_bits(input_.base, host::view(file), Effort::standard)) / 8;
    if (input_.samples.empty()) return point;
    inference::ModelRunner target(input_.target, "the target");
    inference::ModelRunner slim(host::view(file), "the slim model");
    point.change = compare_answers(target, slim, input_.samples);
    return point;
  }

  const SearchInput& input_;
  const std::vector<WeightLayer>& layers_;
  std::vector<inference::Sample> some_;
  std::vector<std::vector<Choice>> choices_;  ///< For each layer, each level.
};

}  // namespace

std::vector<Point> trade_off(const SearchInput& input) {
  return Search(input).run();
}

const Point* smallest_that_agrees(const std::vector<Point>& curve, double agree) {
  const Point* best = nullptr;
  for (const Point& point : curve) {
    if (point.agreement() >= agree && (best == nullptr || point.body_bytes < best->body_bytes)) best = &point;
  }
  return best;
}

const Point* best_within(const std::vector<Point>& curve, std::size_t bytes) {
  const Point* best = nullptr;
  for (const Point& point : curve) {
    if (point.body_bytes > bytes) continue;
    if (best == nullptr || point.agreement() > best->agreement() ||
        (point.agreement() == best->agreement() &&
         point.change.mean_difference < best->change.mean_difference))
      best = &point;
  }
  return best;
}

}  // namespace tmd::host::slim
