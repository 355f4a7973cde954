// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "modelgen/experiment.hpp"

namespace modelgen {

/// One way in which a product's model changes: two whole .tflite files.
struct Step {
  std::string name;  ///< As a file is called: "epochs-4".
  std::string what;  ///< For people, one line.
  std::vector<std::uint8_t> base;
  std::vector<std::uint8_t> target;
};

/// Trains bases and targets for the updates that the field knows, and hands each step over as soon as it is there:
/// fine-tuning for one epoch to sixteen, a shift of the domain in three sizes, the head alone, activations calibrated
/// anew, a class added, a layer made wider, a layer added, weights pruned. Everything follows from the seed.
void train_scenarios(std::uint64_t seed, const Effort& effort, const std::function<void(const Step&)>& keep);

}  // namespace modelgen
