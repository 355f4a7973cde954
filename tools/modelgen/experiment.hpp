// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "modelgen/motion.hpp"
#include "modelgen/network.hpp"
#include "modelgen/quantise.hpp"
#include "modelgen/training.hpp"

namespace modelgen {

/// How much work to do.
struct Effort {
  std::size_t training_windows = 4000;    ///< of the first users
  std::size_t adaptation_windows = 1800;  ///< of the other users
  std::size_t held_out_windows = 1200;    ///< of each, never trained on
  int training_epochs = 4;
  int adaptation_epochs = 3;

  /// A second or so, for tests: it learns the gestures, less well.
  static constexpr Effort quick() { return {900, 480, 300, 4, 3}; }
};

/// Parts of held-out windows named right, from 0 to 1.
struct Score {
  float in_float = 0;
  float in_int8 = 0;
};

struct TrainedModel {
  std::string name;
  Network network;
  std::vector<std::uint8_t> file;  ///< a whole .tflite
  Score first_users;
  Score other_users;
};

/// What is going on, for a line on a terminal: the model's name, the epoch, of how many, and the loss.
using Progress = std::function<void(const std::string& name, int epoch, int epochs, float loss)>;

/// A product's life in small: a base model for the first users, then models for others. Everything follows
/// from the seed.
class Experiment {
 public:
  Experiment(std::uint64_t seed, const Effort& effort, Progress progress = {},
             const ClassifierForm& form = {});

  /// Trained from random weights on the first users' windows.
  TrainedModel base() const;
  /// The base with its last layer trained on the other users' windows. Everything else, with its
  /// quantisation, is the base's to the byte.
  TrainedModel head(const TrainedModel& base) const;
  /// The base with all layers trained on. The calibration windows stay those of the base, or, if
  /// `recalibrate`, are the other users'.
  TrainedModel fine_tune(const TrainedModel& base, bool recalibrate) const;
  /// Fine-tuned for a small patch: of all weights only the share `movable` that moves furthest in an ordinary
  /// fine-tuning, in steps of the base's int8 grid, is trained; all others keep the base's value, and the base's
  /// quantisation stays, of weights and of activations.
  TrainedModel patch_aware(const TrainedModel& base, double movable) const;
  /// Trained from other random weights on the windows of everyone.
  TrainedModel from_scratch() const;
  /// Windows of the other users that no model was trained on.
  const std::vector<MotionWindow>& held_out() const { return held_out_other_; }
  /// Windows of the other users that models are adapted on.
  const std::vector<MotionWindow>& adaptation() const { return adaptation_; }

 private:
  void fit(const std::string& name, Network& network, const std::vector<MotionWindow>& windows,
           const TrainingPlan& plan, Random random) const;
  TrainedModel finish(std::string name, Network network, const std::vector<MotionWindow>& calibration) const;
  TrainedModel measured(std::string name, Network network, std::vector<std::uint8_t> file) const;
  std::vector<Range> ranges(const Network& network, const std::vector<MotionWindow>& calibration) const;

  Random random_;
  Effort effort_;
  Progress progress_;
  ClassifierForm form_;
  std::vector<MotionWindow> training_;
  std::vector<MotionWindow> adaptation_;
  std::vector<MotionWindow> held_out_first_;
  std::vector<MotionWindow> held_out_other_;
};

}  // namespace modelgen
