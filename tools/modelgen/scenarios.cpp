// SPDX-License-Identifier: Apache-2.0
#include "modelgen/scenarios.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "modelgen/tflite_writer.hpp"

namespace modelgen {
namespace {

enum ScenarioStream : std::uint64_t {
  kTraining = 101,
  kAdaptation,
  kShifted,
  kScenarioWeights,
  kScenarioOrder,
  kTuneOrder,
  kNewWeights
};

constexpr float kTuneRate = 6e-4F;
constexpr int kEpochs[] = {1, 2, 4, 8, 16};
constexpr double kPrunedShares[] = {0.25, 0.5, 0.75};

/// Between the first users and others who are so many times as different as the other users are.
Population shifted(float by) {
  const Population from = first_users();
  const Population to = other_users();
  const auto between = [by](float a, float b) { return a + by * (b - a); };
  return {between(from.mounting_turns, to.mounting_turns), between(from.wobble, to.wobble),
          between(from.noise, to.noise), between(from.tempo, to.tempo), between(from.vigour, to.vigour)};
}

/// The weights of `from` wherever both networks have them, by the layers' names: of a layer that grew, its first rows
/// and columns.
void carry_over(const Network& from, Network& to) {
  for (Layer& layer : to.layers()) {
    const auto& layers = from.layers();
    const auto old = std::find_if(layers.begin(), layers.end(),
                                  [&](const Layer& other) { return other.name == layer.name; });
    if (old == layers.end() || layer.biases.empty() || old->biases.empty()) continue;
    const std::size_t rows = std::min(layer.biases.size(), old->biases.size());
    const std::size_t wide = layer.weights.size() / layer.biases.size();
    const std::size_t old_wide = old->weights.size() / old->biases.size();
    // Depthwise layers keep their form in all steps.
    if (layer.kind == LayerKind::depthwise) {
      layer.weights = old->weights;
      layer.biases = old->biases;
      continue;
    }
    for (std::size_t r = 0; r < rows; ++r) {
      layer.biases[r] = old->biases[r];
      for (std::size_t i = 0; i < std::min(wide, old_wide); ++i)
        layer.weights[r * wide + i] = old->weights[r * old_wide + i];
    }
  }
}

std::vector<MotionWindow> without_last_gesture(const std::vector<MotionWindow>& windows) {
  std::vector<MotionWindow> kept;
  for (const MotionWindow& window : windows) {
    if (window.gesture + 1 < kGestures.size()) kept.push_back(window);
  }
  return kept;
}

/// The smallest weights of each layer are zero, and stay so while the others are trained on.
WeightMask prune(Network& network, double share) {
  WeightMask kept;
  for (Layer& layer : network.layers()) {
    std::vector<float> sizes;
    for (const float weight : layer.weights) sizes.push_back(std::abs(weight));
    std::sort(sizes.begin(), sizes.end());
    const float least =
        sizes.empty() ? 0 : sizes[static_cast<std::size_t>(share * static_cast<double>(sizes.size()))];
    kept.emplace_back();
    for (float& weight : layer.weights) {
      kept.back().push_back(std::abs(weight) >= least);
      if (!kept.back().back()) weight = 0;
    }
  }
  return kept;
}

class Scenarios {
 public:
  Scenarios(std::uint64_t seed, const Effort& effort, const std::function<void(const Step&)>& keep)
      : random_(seed),
        effort_(effort),
        keep_(keep),
        training_(synthesise(first_users(), effort.training_windows, random_.stream(kTraining))),
        adaptation_(synthesise(other_users(), effort.adaptation_windows, random_.stream(kAdaptation))),
        base_(trained(kGestures.size(), training_)),
        file_(file_of(base_, training_)) {}

  void run() {
    epochs();
    domain_shift();
    head_only();
    recalibration();
    added_class();
    other_forms();
    pruning();
  }

 private:
  using Windows = std::vector<MotionWindow>;

  Network trained(std::size_t classes, const Windows& windows) {
    Network network = motion_classifier(random_.stream(kScenarioWeights), {static_cast<int>(classes)});
    train(network, windows, {effort_.training_epochs, kTrainingRate, 0}, random_.stream(kScenarioOrder));
    return network;
  }

  void tune(Network& network, const Windows& windows, int epochs, std::size_t first_layer = 0,
            const WeightMask* movable = nullptr) {
    TrainingPlan plan{epochs, kTuneRate, first_layer};
    plan.movable = movable;
    train(network, windows, plan, random_.stream(kTuneOrder));
  }

  static std::vector<std::uint8_t> file_of(const Network& network, const Windows& calibration) {
    const std::span<const MotionWindow> some(calibration.data(),
                                             std::min(calibration.size(), kCalibrationWindows));
    return write_tflite(quantise(network, calibrate(network, some)), "MLIR Converted.");
  }

  void keep(std::string name, std::string what, const Network& target, const Windows& calibration) {
    keep_({std::move(name), std::move(what), file_, file_of(target, calibration)});
  }

  void epochs() {
    for (const int count : kEpochs) {
      Network network = base_;
      tune(network, adaptation_, count);
      keep(fmt::format("epochs-{}", count), fmt::format("fine-tuned for {} epochs on other users", count),
           network, training_);
    }
  }

  void domain_shift() {
    for (const float by : {0.5F, 1.0F, 2.0F}) {
      const Windows windows = synthesise(shifted(by), effort_.adaptation_windows, random_.stream(kShifted));
      Network network = base_;
      tune(network, windows, effort_.adaptation_epochs);
      keep(fmt::format("domain-shift-{:g}", by),
           fmt::format("fine-tuned on, and calibrated for, users {:g} times as different", by), network,
           windows);
    }
  }

  void head_only() {
    Network network = base_;
    tune(network, adaptation_, 2 * effort_.adaptation_epochs, network.last_trainable());
    keep("head-only", "the last layer trained on", network, training_);
  }

  void recalibration() {
    keep("recalibration", "the same weights, activations calibrated on other users", base_, adaptation_);
  }

  void added_class() {
    const Windows fewer = without_last_gesture(training_);
    const Network before = trained(kGestures.size() - 1, fewer);
    Network after = motion_classifier(random_.stream(kNewWeights), {});
    carry_over(before, after);
    const std::vector<std::uint8_t> base = file_of(before, fewer);
    Network head = after;
    tune(head, training_, 2 * effort_.adaptation_epochs, head.last_trainable());
    keep_({"added-class-head", "a class more, the last layer trained on", base, file_of(head, fewer)});
    tune(after, training_, effort_.adaptation_epochs);
    keep_({"added-class", "a class more, all layers fine-tuned", base, file_of(after, training_)});
  }

  void other_forms() {
    ClassifierForm wide;
    wide.units += wide.units / 4;
    Network wider = motion_classifier(random_.stream(kNewWeights), wide);
    carry_over(base_, wider);
    tune(wider, training_, effort_.adaptation_epochs);
    keep("wider-layer", "dense1 a quarter wider, fine-tuned", wider, training_);
    ClassifierForm deep;
    deep.deeper = true;
    Network deeper = motion_classifier(random_.stream(kNewWeights), deep);
    carry_over(base_, deeper);
    tune(deeper, training_, effort_.adaptation_epochs);
    keep("added-layer", "a dense layer more, fine-tuned", deeper, training_);
  }

  void pruning() {
    for (const double share : kPrunedShares) {
      Network network = base_;
      const WeightMask kept = prune(network, share);
      tune(network, training_, effort_.adaptation_epochs, 0, &kept);
      keep(fmt::format("pruning-{:g}", 100 * share),
           fmt::format("{:g} % of the weights zero, the others trained on", 100 * share), network, training_);
    }
  }

  Random random_;
  Effort effort_;
  const std::function<void(const Step&)>& keep_;
  Windows training_;
  Windows adaptation_;
  Network base_;
  std::vector<std::uint8_t> file_;
};

}  // namespace

void train_scenarios(std::uint64_t seed, const Effort& effort, const std::function<void(const Step&)>& keep) {
  Scenarios(seed, effort, keep).run();
}

}  // namespace modelgen
