// SPDX-License-Identifier: Apache-2.0
#include "modelgen/sine.hpp"

#include <utility>

#include "modelgen/portable_math.hpp"
#include "modelgen/quantise.hpp"
#include "modelgen/regression.hpp"
#include "modelgen/tflite_writer.hpp"

namespace modelgen {
namespace {

enum SineStream : std::uint64_t { kSineWeights = 1, kSineOrder, kLongerOrder };

constexpr int kAngles = 1000;
constexpr double kTurn = 6.283185307179586;
constexpr TrainingPlan kShort{25, 5e-3F, 0};
constexpr TrainingPlan kLong{300, 5e-3F, 0};

std::vector<Example> examples() {
  std::vector<Example> all;
  for (int i = 0; i < kAngles; ++i) {
    const double turns = (static_cast<double>(i) + 0.5) / kAngles;
    all.push_back({{static_cast<float>(turns * kTurn)}, {static_cast<float>(sine(turns))}});
  }
  return all;
}

SineModel fitted(Network network, const TrainingPlan& plan, Random random) {
  const std::vector<Example> angles = examples();
  train_regression(network, angles, plan, random);
  std::vector<Range> ranges(network.layers().size() + 1);
  for (const Example& example : angles) widen(ranges, network, example.input);
  // The same for every such model: who asks need not ask for the quantisation.
  ranges.front() = {0.0F, static_cast<float>(kTurn)};
  ranges.back() = {-1.05F, 1.05F};
  std::vector<std::uint8_t> file =
      write_tflite(quantise_regression(network, ranges, "angle", "sine"), "MLIR Converted.");
  return {std::move(network), std::move(file)};
}

}  // namespace

SineModel train_sine(Random random) {
  Network network({1, 1});
  Random weights = random.stream(kSineWeights);
  network.add_fully_connected("sine/dense1", 16, true, weights);
  network.add_fully_connected("sine/dense2", 16, true, weights);
  network.add_fully_connected("sine/dense3", 1, false, weights);
  return fitted(std::move(network), kShort, random.stream(kSineOrder));
}

SineModel improve_sine(const SineModel& first, Random random) {
  return fitted(first.network, kLong, random.stream(kLongerOrder));
}

}  // namespace modelgen
