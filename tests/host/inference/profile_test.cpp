// SPDX-License-Identifier: Apache-2.0
#include "inference/profile.hpp"

#include <doctest/doctest.h>

#include <algorithm>

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
}
