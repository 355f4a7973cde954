// SPDX-License-Identifier: Apache-2.0
#include "inference/profile.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "support/parsed_model.hpp"
#include "support/trained_models.hpp"

using namespace tmd;
using namespace tmd::host;

TEST_CASE("multiplications are counted from the shapes, weights from the file, memory from lifetimes") {
  inference::ModelRunner runner(view(modelgen::models().base.file), "base");
  const inference::Profile profile = inference::profile_model(runner, view(runner.generated_input(1)), 2);
  REQUIRE_FALSE(profile.layers.empty());
  std::uint64_t live = 0, macs = 0;
  for (const inference::LayerCost& layer : profile.layers) {
    live = std::max(live, layer.live);
    macs += layer.macs;
    if (layer.name == "FULLY_CONNECTED") CHECK(layer.macs <= layer.weights);  // one for each weight
  }
  CHECK(macs == profile.macs);
  CHECK(macs > 10000);
  CHECK(live <= runner.arena_bytes());
  CHECK(profile.weights > 50000);
  CHECK(profile.host_us > 0);
}

TEST_CASE("time, energy and mean power follow the stated formula") {
  inference::Profile profile;
  profile.macs = 1000000;
  profile.elements = 10000;
  inference::DeviceFigures device;
  device.mhz = 100;
  device.cycles_per_mac = 5;
  device.cycles_per_element = 50;
  device.active_mw = 20;
  device.idle_mw = 0.5;
  device.period_ms = 500;
  CHECK(profile.milliseconds(device) == doctest::Approx(55));
  CHECK(profile.millijoules(device) == doctest::Approx(1.1));
  CHECK(profile.mean_milliwatts(device) == doctest::Approx(2.7));
  device.period_ms = 10;  // not to be kept: it computes all the time, which takes no more than that
  CHECK(profile.mean_milliwatts(device) == doctest::Approx(20.5));
}

TEST_CASE("an output of a convolution takes a window of all channels, a depthwise one of one") {
  test::ModelMaker maker;
  const auto data = [](std::size_t bytes) { return std::vector<std::uint8_t>(bytes, 1); };
  const int in = maker.tensor("in", test::TensorType::INT8, {1, 4, 4, 2}, 1);
  const int out = maker.tensor("out", test::TensorType::INT8, {1, 4, 4, 8}, 1);
  const int scores = maker.tensor("scores", test::TensorType::INT8, {1, 3}, 1);
  const int filter = maker.constant("filter", test::TensorType::INT8, {8, 3, 3, 2}, data(144), {1});
  const int each = maker.constant("each", test::TensorType::INT8, {1, 3, 3, 8}, data(72), {1});
  const int dense = maker.constant("dense", test::TensorType::INT8, {3, 128}, data(384), {1});
  maker.add(test::BuiltinOperator::CONV_2D, 3, {in, filter, -1}, {out}, tflite::Conv2DOptionsT());
  maker.add(test::BuiltinOperator::DEPTHWISE_CONV_2D, 3, {in, each, -1}, {out},
            tflite::DepthwiseConv2DOptionsT());
  maker.add(test::BuiltinOperator::FULLY_CONNECTED, 4, {out, dense, -1}, {scores},
            tflite::FullyConnectedOptionsT());
  maker.inputs({in}).outputs({scores});
  const model::Model parsed = test::parsed(maker);
  const auto macs = [&](std::size_t op) {
    return inference::macs_of(parsed, parsed.main(), parsed.main().operators[op]);
  };
  CHECK(macs(0) == 4 * 4 * 8 * (3 * 3 * 2));
  CHECK(macs(1) == 4 * 4 * 8 * (3 * 3));
  CHECK(macs(2) == 3 * 128);
}

TEST_CASE("weights that two layers share are read by both, and are there once") {
  test::ModelMaker maker;
  const int in = maker.tensor("in", test::TensorType::INT8, {1, 4}, 1);
  const int between = maker.tensor("between", test::TensorType::INT8, {1, 4}, 1);
  const int out = maker.tensor("out", test::TensorType::INT8, {1, 4}, 1);
  const int weights =
      maker.constant("weights", test::TensorType::INT8, {4, 4}, std::vector<std::uint8_t>(16), {1});
  for (const auto& [from, to] : {std::pair(in, between), std::pair(between, out)})
    maker.add(test::BuiltinOperator::FULLY_CONNECTED, 4, {from, weights, -1}, {to},
              tflite::FullyConnectedOptionsT());
  maker.inputs({in}).outputs({out});
  const Bytes file = maker.file();
  inference::ModelRunner runner(view(file), "shared");
  const inference::Profile profile = inference::profile_model(runner, view(Bytes(4)), 1);
  REQUIRE(profile.layers.size() == 2);
  CHECK(profile.layers[0].weights == 16);
  CHECK(profile.layers[1].weights == 16);
  CHECK(profile.weights == 16);
  CHECK(profile.macs == 32);
}
