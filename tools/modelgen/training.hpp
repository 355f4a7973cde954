// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "modelgen/motion.hpp"
#include "modelgen/network.hpp"

namespace modelgen {

/// Of the classifier: what grows when a product does.
struct ClassifierForm {
  int classes = static_cast<int>(kGestures.size());
  int units = 84;       ///< of the dense layer before the last
  bool deeper = false;  ///< one more dense layer between these, half as wide
};

/// The classifier that everything here is about, with random weights: about 55,000 of them.
Network motion_classifier(Random random, const ClassifierForm& form = {});

/// Which weights may move: for each layer one flag for each weight, in the layer's order.
using WeightMask = std::vector<std::vector<bool>>;

/// Of the classifier, trained from random weights.
constexpr float kTrainingRate = 2.5e-3F;

struct TrainingPlan {
  int epochs;
  float rate;               ///< at the start; it falls to a tenth along a straight line
  std::size_t first_layer;  ///< layers before this one are frozen
  std::size_t batch = 32;
  /// Where not null, all other weights are held, to the bit; biases move.
  const WeightMask* movable = nullptr;
};

/// Called after each epoch with its number, from 1, and the mean loss in nats over it.
using EpochReport = std::function<void(int epoch, float loss)>;

/// An input and the class that it should be given.
struct Lesson {
  std::span<const float> input;
  std::uint32_t right;
};

/// Fits the network to the lessons with softmax cross-entropy, in an order drawn from `random`.
void train(Network& network, std::span<const Lesson> lessons, const TrainingPlan& plan, Random random,
           const EpochReport& report = {});
/// The same with windows, whose gestures are the classes.
void train(Network& network, std::span<const MotionWindow> windows, const TrainingPlan& plan, Random random,
           const EpochReport& report = {});

/// The part of the windows whose gesture gets the largest logit.
float accuracy(const Network& network, std::span<const MotionWindow> windows);

}  // namespace modelgen
