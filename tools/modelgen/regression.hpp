// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "modelgen/network.hpp"
#include "modelgen/training.hpp"

namespace modelgen {

/// What goes in, and what should come out.
struct Example {
  std::vector<float> input;
  std::vector<float> wanted;
};

/// Fits the network to the examples with half the mean squared error, in an order drawn from `random`; of the plan,
/// `movable` is not read. Returns the mean squared error of the last epoch, in the unit of the outputs squared.
float train_regression(Network& network, std::span<const Example> examples, const TrainingPlan& plan,
                       Random random);

}  // namespace modelgen
