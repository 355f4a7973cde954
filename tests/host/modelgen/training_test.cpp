// SPDX-License-Identifier: Apache-2.0
// The training half of modelgen: its random numbers, its functions, its derivatives.
#include "modelgen/training.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "modelgen/portable_math.hpp"

namespace modelgen {
namespace {

double loss_of(const Network& network, const std::vector<float>& input, std::size_t label) {
  Network::Signals signals;
  network.forward(input, signals);
  std::vector<float> probabilities = signals.back();
  softmax(probabilities);
  return -std::log(static_cast<double>(probabilities[label]));
}

/// A small network with every kind of layer.
Network small_network(std::uint64_t seed) {
  Random random(seed);
  Network network({16, 3});
  network.add_convolution("conv", 8, 5, random);
  network.add_pool(LayerKind::max_pool, "max", 2);
  network.add_depthwise("depthwise", 3, random);
  network.add_convolution("pointwise", 9, 1, random);
  network.add_pool(LayerKind::average_pool, "average", 2);
  network.add_fully_connected("dense", 10, true, random);
  network.add_fully_connected("logits", 4, false, random);
  return network;
}

}  // namespace

TEST_CASE("the random numbers of a seed are those of SplitMix64, on every machine") {
  Random random(1234567);
  CHECK(random.bits() == 6457827717110365317U);
  CHECK(random.bits() == 3203168211198807973U);
  CHECK(random.bits() == 9817491932198370423U);
}

TEST_CASE("normal numbers have mean 0 and variance 1") {
  Random random(5);
  constexpr int kCount = 100000;
  double sum = 0, squares = 0;
  for (int i = 0; i < kCount; ++i) {
    const double value = static_cast<double>(random.normal());
    sum += value;
    squares += value * value;
  }
  CHECK(std::abs(sum / kCount) < 0.02);
  CHECK(std::abs(squares / kCount - 1.0) < 0.02);
}

TEST_CASE("sine, exponential and logarithm agree with the C library to twelve digits") {
  constexpr double kTurn = 6.283185307179586;
  for (int i = -400; i <= 400; ++i) {
    const double x = 0.0173 * i;
    CHECK(sine(x) == doctest::Approx(std::sin(x * kTurn)).epsilon(1e-12));
    CHECK(std::abs(cosine(x) - std::cos(x * kTurn)) < 1e-12);
    CHECK(exponential(5 * x) == doctest::Approx(std::exp(5 * x)).epsilon(1e-12));
    CHECK(logarithm(std::exp(x)) == doctest::Approx(x).epsilon(1e-11));
  }
  CHECK(exponential(-800) == 0.0);
}

TEST_CASE("the derivative of the loss by every parameter is that of a difference quotient") {
  Network network = small_network(3);
  Random random(4);
  for (Layer& layer : network.layers()) {
    for (float& bias : layer.biases) bias = 0.1F * random.normal();
  }
  std::vector<float> input(network.input().count());
  for (float& value : input) value = random.normal();
  constexpr std::size_t kLabel = 2;

  Network::Signals signals;
  network.forward(input, signals);
  std::vector<float> by_logits = signals.back();
  softmax(by_logits);
  by_logits[kLabel] -= 1.0F;
  std::vector<Gradient> gradients = network.zero_gradients();
  network.backward(signals, by_logits, 0, gradients);

  constexpr float kStep = 1e-3F;
  std::size_t checked = 0;
  for (std::size_t i = 0; i < network.layers().size(); ++i) {
    const auto compare = [&](std::vector<float>& parameters, const std::vector<float>& gradient) {
      for (std::size_t k = 0; k < parameters.size(); ++k) {
        const float kept = parameters[k];
        parameters[k] = kept + kStep;
        const double above = loss_of(network, input, kLabel);
        parameters[k] = kept - kStep;
        const double below = loss_of(network, input, kLabel);
        parameters[k] = kept;
        const double quotient = (above - below) / (2.0 * static_cast<double>(kStep));
        CAPTURE(network.layers()[i].name);
        CAPTURE(k);
        CHECK(std::abs(quotient - static_cast<double>(gradient[k])) < 3e-3 + 0.02 * std::abs(quotient));
        ++checked;
      }
    };
    compare(network.layers()[i].weights, gradients[i].weights);
    compare(network.layers()[i].biases, gradients[i].biases);
  }
  CHECK(checked > 600);
}

TEST_CASE("training lowers the loss, and frozen layers stay as they were to the bit") {
  const std::vector<MotionWindow> windows = synthesise(first_users(), 240, Random(9));
  Network network = motion_classifier(Random(10));
  const Network before = network;
  std::vector<float> losses;
  train(network, windows, {4, 2e-3F, network.last_trainable()}, Random(11),
        [&](int, float loss) { losses.push_back(loss); });
  REQUIRE(losses.size() == 4);
  CHECK(losses.back() < losses.front());
  for (std::size_t i = 0; i < network.layers().size(); ++i) {
    const bool frozen = i < network.last_trainable();
    CHECK((network.layers()[i].weights == before.layers()[i].weights) ==
          (frozen || !before.layers()[i].trainable()));
  }
}

TEST_CASE("weights that are held stay as they were to the bit, others move, in an order that is drawn") {
  const std::vector<MotionWindow> windows = synthesise(first_users(), 60, Random(9));
  const Network before = motion_classifier(Random(10));
  WeightMask movable;
  for (const Layer& layer : before.layers()) {
    movable.emplace_back(layer.weights.size(), false);
    for (std::size_t w = 0; w < layer.weights.size(); w += 7) movable.back()[w] = true;
  }
  const auto trained = [&](std::uint64_t seed) {
    Network network = before;
    train(network, windows, {1, 2e-3F, 0, 32, &movable}, Random(seed));
    return network;
  };
  const Network after = trained(11);
  std::size_t moved = 0, held = 0;
  for (std::size_t i = 0; i < before.layers().size(); ++i) {
    for (std::size_t w = 0; w < before.layers()[i].weights.size(); ++w) {
      const bool same = before.layers()[i].weights[w] == after.layers()[i].weights[w];
      if (movable[i][w]) moved += same ? 0 : 1;
      if (!movable[i][w]) held += same ? 0 : 1;
    }
  }
  CHECK(moved > 1000);
  CHECK(held == 0);
  CHECK(trained(12).layers().front().weights != after.layers().front().weights);
}

TEST_CASE("windows hold every gesture equally often and follow from the seed") {
  const std::vector<MotionWindow> windows = synthesise(first_users(), 120, Random(1));
  std::vector<int> counts(kGestures.size(), 0);
  for (const MotionWindow& window : windows) ++counts[window.gesture];
  for (const int count : counts) CHECK(count == 20);
  CHECK(synthesise(first_users(), 120, Random(1))[7].samples == windows[7].samples);
  CHECK(synthesise(first_users(), 120, Random(2))[7].samples != windows[7].samples);
}

TEST_CASE("a sensor at rest feels one g") {
  for (const Population& population : {first_users(), other_users()}) {
    for (const MotionWindow& window : synthesise(population, 60, Random(6))) {
      if (window.gesture != 0) continue;
      double mean[kAxes] = {};
      for (std::size_t i = 0; i < window.samples.size(); ++i) {
        mean[i % kAxes] += static_cast<double>(window.samples[i]) / kWindowSamples;
      }
      CHECK(std::sqrt(mean[0] * mean[0] + mean[1] * mean[1] + mean[2] * mean[2]) ==
            doctest::Approx(1.0).epsilon(0.15));
    }
  }
}

}  // namespace modelgen
