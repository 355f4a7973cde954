// SPDX-License-Identifier: Apache-2.0
#include "slim/search.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "codec/encode_body.hpp"

namespace tmd::host::slim {
namespace {

constexpr double kLevels[] = {kSendsAll, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, kKeepsBase};
constexpr std::size_t kLevelCount = std::size(kLevels);
constexpr int kRates = 26;
/// From one exchange rate to the next.
constexpr double kRateStep = 2.0;

/// One solution of a layer.
struct Choice {
  LayerValues values;
  double bits = 0;
  double distortion = 0;
  std::size_t first = 0;  ///< The first level with these values.
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
  explicit Search(const SearchInput& input) : input_(input), layers_(input.graph.layers) {}

  std::vector<Point> run() {
    solve_layers();
    const std::vector<std::vector<std::size_t>> all = combinations();
    std::vector<Point> curve;
    for (std::size_t i = 0; i < all.size(); ++i) {
      curve.push_back(measured(all[i]));
      progress(0.5 + 0.5 * static_cast<double>(i + 1) / static_cast<double>(all.size()));
    }
    return merged(std::move(curve));
  }

 private:
  void progress(double share) const {
    if (input_.on_progress) input_.on_progress(share);
  }

  void solve_layers() {
    choices_.resize(layers_.size());
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      for (const double level : kLevels) add_choice(i, solve_layer(layers_[i], input_.moments[i], level));
      progress(0.2 * static_cast<double>(i + 1) / static_cast<double>(layers_.size()));
    }
    const std::vector<std::size_t> all(layers_.size(), 0);
    const double least = distortion(all);
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      for (std::size_t level = 0; level < kLevelCount; ++level) {
        Choice& choice = choices_[i][level];
        if (choice.first != level) {
          choice = choices_[i][choice.first];
          continue;
        }
        std::vector<std::size_t> levels = all;
        levels[i] = level;
        choice.distortion = input_.wanted.empty() ? weight_error(layers_[i], choice.values.weights)
                                                  : distortion(levels) - least;
      }
      progress(0.2 + 0.3 * static_cast<double>(i + 1) / static_cast<double>(layers_.size()));
    }
  }

  /// Of a layer that the target left alone all levels are one: what is the same is measured once.
  void add_choice(std::size_t layer, LayerValues values) {
    std::vector<Choice>& choices = choices_[layer];
    const auto same = std::find_if(choices.begin(), choices.end(),
                                   [&](const Choice& choice) { return choice.values == values; });
    if (same != choices.end()) {
      choices.push_back(*same);
      return;
    }
    Choice choice;
    choice.bits = body_bits(bytes_of(layers_[layer].base), bytes_of(values.weights), Effort::quick);
    choice.values = std::move(values);
    choice.first = choices.size();
    choices.push_back(std::move(choice));
  }

  /// The layers' levels, each combination once: those that cost least in all at each exchange rate, and all layers at
  /// one level, since sensitivity is measured on few samples and layer by layer.
  std::vector<std::vector<std::size_t>> combinations() const {
    std::vector<std::vector<std::size_t>> all;
    const auto add = [&](std::vector<std::size_t> levels) {
      for (std::size_t i = 0; i < levels.size(); ++i) levels[i] = choices_[i][levels[i]].first;
      if (std::find(all.begin(), all.end(), levels) == all.end()) all.push_back(std::move(levels));
    };
    for (int i = 0; i < kRates; ++i) add(cheapest(rate(i)));
    for (std::size_t level = 0; level < kLevelCount; ++level)
      add(std::vector<std::size_t>(layers_.size(), level));
    return all;
  }

  host::Bytes file_of(const std::vector<std::size_t>& levels) const {
    return slim_model(input_.graph, values_of(levels));
  }

  std::vector<LayerValues> values_of(const std::vector<std::size_t>& levels) const {
    std::vector<LayerValues> values;
    for (std::size_t i = 0; i < layers_.size(); ++i) values.push_back(choices_[i][levels[i]].values);
    return values;
  }

  /// How far the slim model's outputs are from the target's, in the mean over a few samples: the squared difference.
  double distortion(const std::vector<std::size_t>& levels) const {
    if (input_.wanted.empty()) return 0;
    const host::Bytes file = file_of(levels);
    const auto got = input_.source.answers(host::view(file), input_.samples, input_.sensitivity_samples);
    const Answers wanted(input_.wanted.begin(),
                         input_.wanted.begin() + static_cast<std::ptrdiff_t>(got.size()));
    return squared_difference(wanted, got);
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
    return largest / std::max(bits, 1.0) * std::pow(kRateStep, static_cast<double>(step) - 20.0);
  }

  std::vector<std::size_t> cheapest(double rate) const {
    std::vector<std::size_t> levels;
    for (const std::vector<Choice>& layer : choices_) {
      std::size_t best = 0;
      for (std::size_t level = 1; level < kLevelCount; ++level) {
        if (layer[level].distortion + rate * layer[level].bits <
            layer[best].distortion + rate * layer[best].bits)
          best = level;
      }
      levels.push_back(best);
    }
    return levels;
  }

  Point measured(const std::vector<std::size_t>& levels) const {
    Point point;
    point.graph = &input_.graph;
    point.layers = values_of(levels);
    const host::Bytes file = file_of(levels);
    point.body_bytes =
        static_cast<std::size_t>(body_bits(input_.base, host::view(file), Effort::standard)) / 8;
    if (!input_.wanted.empty())
      point.change = compare(input_.wanted,
                             input_.source.answers(host::view(file), input_.samples, input_.samples.size()));
    return point;
  }

  const SearchInput& input_;
  const std::vector<WeightLayer>& layers_;
  std::vector<std::vector<Choice>> choices_;  ///< For each layer, each level.
};

}  // namespace

std::vector<Point> trade_off(const SearchInput& input) {
  return Search(input).run();
}

std::vector<Point> merged(std::vector<Point> points) {
  // Of as many bytes the better answers last: only what comes later beats a point.
  std::stable_sort(points.begin(), points.end(), [](const Point& a, const Point& b) {
    return std::make_tuple(b.body_bytes, a.change.agree, b.change.mean_difference) <
           std::make_tuple(a.body_bytes, b.change.agree, a.change.mean_difference);
  });
  std::vector<Point> kept;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const bool dominated = std::any_of(
        points.begin() + static_cast<std::ptrdiff_t>(i) + 1, points.end(), [&](const Point& other) {
          return other.change.samples != 0 && other.agreement() >= points[i].agreement() &&
                 other.change.mean_difference <= points[i].change.mean_difference;
        });
    if (!dominated) kept.push_back(std::move(points[i]));
  }
  return kept;
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
