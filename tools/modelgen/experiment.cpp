// SPDX-License-Identifier: Apache-2.0
#include "modelgen/experiment.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "modelgen/evaluation.hpp"
#include "modelgen/tflite_writer.hpp"
#include "modelgen/weight_choice.hpp"

namespace modelgen {
namespace {

// One stream of random numbers for each purpose.
enum ExperimentStream : std::uint64_t {
  kTrainingWindows = 1,
  kAdaptationWindows,
  kHeldOutFirst,
  kHeldOutOther,
  kWeights,
  kOrder,
  kHeadOrder,
  kFineTuneOrder,
  kScratchWeights,
  kScratchOrder,
  kPatchAwareOrder,
};

constexpr float kHeadRate = 3e-3F;
constexpr float kFineTuneRate = 6e-4F;
constexpr int kHeadEpochsFactor = 2;  // a convex problem, and each epoch is cheap
constexpr float kFewWeightsRate = 2e-3F;
constexpr int kFewWeightsEpochsFactor = 4;  // fewer weights have further to go

}  // namespace

Experiment::Experiment(std::uint64_t seed, const Effort& effort, Progress progress,
                       const ClassifierForm& form)
    : random_(seed),
      effort_(effort),
      progress_(std::move(progress)),
      form_(form),
      training_(synthesise(first_users(), effort.training_windows, random_.stream(kTrainingWindows))),
      adaptation_(synthesise(other_users(), effort.adaptation_windows, random_.stream(kAdaptationWindows))),
      held_out_first_(synthesise(first_users(), effort.held_out_windows, random_.stream(kHeldOutFirst))),
      held_out_other_(synthesise(other_users(), effort.held_out_windows, random_.stream(kHeldOutOther))) {}

TrainedModel Experiment::base() const {
  Network network = motion_classifier(random_.stream(kWeights), form_);
  fit("base", network, training_, {effort_.training_epochs, kTrainingRate, 0}, random_.stream(kOrder));
  return finish("base", std::move(network), training_);
}

TrainedModel Experiment::head(const TrainedModel& base) const {
  Network network = base.network;
  const TrainingPlan plan{effort_.adaptation_epochs * kHeadEpochsFactor, kHeadRate, network.last_trainable()};
  fit("head", network, adaptation_, plan, random_.stream(kHeadOrder));
  return finish("head", std::move(network), training_);
}

TrainedModel Experiment::fine_tune(const TrainedModel& base, bool recalibrate) const {
  Network network = base.network;
  fit("finetune", network, adaptation_, {effort_.adaptation_epochs, kFineTuneRate, 0},
      random_.stream(kFineTuneOrder));
  return finish("finetune", std::move(network), recalibrate ? adaptation_ : training_);
}

TrainedModel Experiment::patch_aware(const TrainedModel& base, double movable) const {
  Network furthest = base.network;
  fit("patch-aware, choosing", furthest, adaptation_, {effort_.adaptation_epochs, kFineTuneRate, 0},
      random_.stream(kFineTuneOrder));
  const WeightMask mask = furthest_moved(base.network, furthest, movable);
  Network network = on_grid(base.network);
  TrainingPlan plan{effort_.adaptation_epochs * kFewWeightsEpochsFactor, kFewWeightsRate, 0};
  plan.movable = &mask;
  fit("patch-aware", network, adaptation_, plan, random_.stream(kPatchAwareOrder));
  const Graph graph = quantise_on_grid_of(base.network, network, ranges(base.network, training_));
  return measured("patch-aware", std::move(network), write_tflite(graph, "MLIR Converted."));
}

TrainedModel Experiment::from_scratch() const {
  std::vector<MotionWindow> everyone = training_;
  everyone.insert(everyone.end(), adaptation_.begin(), adaptation_.end());
  Network network = motion_classifier(random_.stream(kScratchWeights), form_);
  fit("retrain", network, everyone, {effort_.training_epochs, kTrainingRate, 0},
      random_.stream(kScratchOrder));
  return finish("retrain", std::move(network), everyone);
}

void Experiment::fit(const std::string& name, Network& network, const std::vector<MotionWindow>& windows,
                     const TrainingPlan& plan, Random random) const {
  train(network, windows, plan, random, [&](int epoch, float loss) {
    if (progress_) progress_(name, epoch, plan.epochs, loss);
  });
}

std::vector<Range> Experiment::ranges(const Network& network,
                                      const std::vector<MotionWindow>& calibration) const {
  return calibrate(network, std::span(calibration.data(), std::min(calibration.size(), kCalibrationWindows)));
}

TrainedModel Experiment::finish(std::string name, Network network,
                                const std::vector<MotionWindow>& calibration) const {
  const Graph graph = quantise(network, ranges(network, calibration));
  return measured(std::move(name), std::move(network), write_tflite(graph, "MLIR Converted."));
}

TrainedModel Experiment::measured(std::string name, Network network, std::vector<std::uint8_t> file) const {
  const tmd::ConstBytes bytes(file.data(), file.size());
  const Score first{accuracy(network, held_out_first_), accuracy(bytes, held_out_first_)};
  const Score other{accuracy(network, held_out_other_), accuracy(bytes, held_out_other_)};
  return {std::move(name), std::move(network), std::move(file), first, other};
}

}  // namespace modelgen
