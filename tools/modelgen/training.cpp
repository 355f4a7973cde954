// SPDX-License-Identifier: Apache-2.0
#include "modelgen/training.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "modelgen/adam.hpp"
#include "modelgen/portable_math.hpp"

namespace modelgen {
namespace {

void scale(std::vector<Gradient>& gradients, float factor) {
  for (Gradient& gradient : gradients) {
    for (float& value : gradient.weights) value *= factor;
    for (float& value : gradient.biases) value *= factor;
  }
}

/// No derivative, no step: Adam's running means of these weights stay zero.
void hold_others(std::vector<Gradient>& gradients, const WeightMask& movable) {
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    for (std::size_t w = 0; w < gradients[i].weights.size(); ++w) {
      if (!movable[i][w]) gradients[i].weights[w] = 0.0F;
    }
  }
}

std::vector<std::uint32_t> shuffled(std::size_t count, Random& random) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  for (std::size_t i = count; i > 1; --i) {
    std::swap(order[i - 1], order[random.below(static_cast<std::uint32_t>(i))]);
  }
  return order;
}

}  // namespace

Network motion_classifier(Random random, const ClassifierForm& form) {
  Network network({kWindowSamples, kAxes});
  network.add_convolution("conv1", 24, 5, random);
  network.add_pool(LayerKind::max_pool, "pool1", 2);
  network.add_depthwise("depthwise2", 5, random);
  network.add_convolution("pointwise2", 48, 1, random);
  network.add_pool(LayerKind::max_pool, "pool2", 2);
  network.add_depthwise("depthwise3", 3, random);
  network.add_convolution("conv3", 64, 3, random);
  network.add_pool(LayerKind::average_pool, "pool3", 2);
  network.add_fully_connected("dense1", form.units, true, random);
  if (form.deeper) network.add_fully_connected("dense_between", form.units / 2, true, random);
  network.add_fully_connected("dense2", form.classes, false, random);
  return network;
}

void train(Network& network, std::span<const Lesson> lessons, const TrainingPlan& plan, Random random,
           const EpochReport& report) {
  Adam adam(network, plan.first_layer);
  Network::Signals signals;
  const float steps =
      static_cast<float>(plan.epochs) * static_cast<float>((lessons.size() + plan.batch - 1) / plan.batch);
  float done = 0;
  for (int epoch = 1; epoch <= plan.epochs; ++epoch) {
    const std::vector<std::uint32_t> order = shuffled(lessons.size(), random);
    double loss = 0;
    for (std::size_t start = 0; start < order.size(); start += plan.batch) {
      const std::size_t count = std::min(plan.batch, order.size() - start);
      std::vector<Gradient> gradients = network.zero_gradients();
      for (std::size_t i = 0; i < count; ++i) {
        const Lesson& lesson = lessons[order[start + i]];
        network.forward(lesson.input, signals);
        std::vector<float> probabilities = signals.back();
        softmax(probabilities);
        loss -= logarithm(std::max(static_cast<double>(probabilities[lesson.right]), 1e-12));
        probabilities[lesson.right] -= 1.0F;  // now the derivative of the loss by each logit
        network.backward(signals, std::move(probabilities), plan.first_layer, gradients);
      }
      scale(gradients, 1.0F / static_cast<float>(count));
      if (plan.movable != nullptr) hold_others(gradients, *plan.movable);
      adam.step(network, gradients, plan.rate * (1.0F - 0.9F * done / steps));
      done += 1.0F;
    }
    if (report) report(epoch, static_cast<float>(loss / static_cast<double>(lessons.size())));
  }
}

void train(Network& network, std::span<const MotionWindow> windows, const TrainingPlan& plan, Random random,
           const EpochReport& report) {
  std::vector<Lesson> lessons;
  for (const MotionWindow& window : windows) lessons.push_back({window.samples, window.gesture});
  train(network, lessons, plan, random, report);
}

float accuracy(const Network& network, std::span<const MotionWindow> windows) {
  Network::Signals signals;
  std::size_t right = 0;
  for (const MotionWindow& window : windows) {
    network.forward(window.samples, signals);
    if (largest(signals.back()) == window.gesture) ++right;
  }
  return static_cast<float>(right) / static_cast<float>(windows.size());
}

}  // namespace modelgen
