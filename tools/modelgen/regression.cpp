// SPDX-License-Identifier: Apache-2.0
#include "modelgen/regression.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>

#include "modelgen/adam.hpp"

namespace modelgen {
namespace {

void shuffle(std::vector<std::uint32_t>& order, Random& random) {
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[random.below(static_cast<std::uint32_t>(i))]);
}

}  // namespace

float train_regression(Network& network, std::span<const Example> examples, const TrainingPlan& plan,
                       Random random) {
  Adam adam(network, plan.first_layer);
  Network::Signals signals;
  const std::size_t batches = (examples.size() + plan.batch - 1) / plan.batch;
  const float steps = static_cast<float>(plan.epochs) * static_cast<float>(batches);
  float done = 0;
  double error = 0;
  std::vector<std::uint32_t> order(examples.size());
  std::iota(order.begin(), order.end(), 0U);
  for (int epoch = 0; epoch < plan.epochs; ++epoch) {
    shuffle(order, random);
    error = 0;
    for (std::size_t start = 0; start < order.size(); start += plan.batch) {
      const std::size_t count = std::min(plan.batch, order.size() - start);
      std::vector<Gradient> gradients = network.zero_gradients();
      for (std::size_t i = 0; i < count; ++i) {
        const Example& example = examples[order[start + i]];
        network.forward(example.input, signals);
        // The derivative of half the mean squared error of this batch by each output.
        std::vector<float> slope(example.wanted.size());
        for (std::size_t k = 0; k < slope.size(); ++k) {
          const float off = signals.back()[k] - example.wanted[k];
          error += static_cast<double>(off * off);
          slope[k] = off / static_cast<float>(count * slope.size());
        }
        network.backward(signals, std::move(slope), plan.first_layer, gradients);
      }
      adam.step(network, gradients, plan.rate * (1.0F - 0.9F * done / steps));
      done += 1.0F;
    }
  }
  return static_cast<float>(error / static_cast<double>(examples.size() * examples[0].wanted.size()));
}

}  // namespace modelgen
