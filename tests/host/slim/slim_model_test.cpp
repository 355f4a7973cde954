// SPDX-License-Identifier: Apache-2.0
#include "slim/slim_model.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "slim_test_models.hpp"

using namespace tmd;
using host::slim::WeightLayer;

namespace {

/// One channel of weights that stand at 10 and are wanted elsewhere.
WeightLayer layer_of(std::initializer_list<double> changes) {
  WeightLayer layer;
  for (const double change : changes) {
    layer.base.push_back(10);
    layer.wanted.push_back(10 + change);
    layer.channel.push_back(0);
  }
  layer.regridded.resize(1);
  return layer;
}

}  // namespace

TEST_CASE("changes below the threshold are dropped, the others rounded") {
  const WeightLayer layer = layer_of({0.9, -0.9, 2.6, -3.4});
  CHECK(host::slim::slim_weights(layer, 1.0) == std::vector<std::int8_t>{10, 10, 13, 7});
  CHECK(host::slim::slim_weights(layer, host::slim::kSendsAll) == std::vector<std::int8_t>{11, 9, 13, 7});
  CHECK(host::slim::slim_weights(layer, host::slim::kKeepsBase) == std::vector<std::int8_t>{10, 10, 10, 10});
}

TEST_CASE(
    "what is dropped in a channel does not add up: the largest are sent until less than half a step is "
    "left") {
  const WeightLayer layer = layer_of({0.9, 0.8, 0.7, 0.6, 0.2});
  const std::vector<std::int8_t> weights = host::slim::slim_weights(layer, 1.0);
  CHECK(weights == std::vector<std::int8_t>{11, 11, 11, 10, 10});
  CHECK(host::slim::changed_weights(layer, weights) == 3);
}

TEST_CASE("a channel on the target's grid takes the target's weights whatever the threshold") {
  WeightLayer layer = layer_of({0.9, 5});
  layer.regridded[0] = true;
  CHECK(host::slim::slim_weights(layer, host::slim::kKeepsBase) == std::vector<std::int8_t>{11, 15});
}

TEST_CASE("a slim model without a change in its weights has the base's weights, byte for byte") {
  const host::model::OpenModel base = test::open(modelgen::models().base);
  const host::model::OpenModel target = test::open(modelgen::models().fine_tuned);
  const host::slim::SharedGraph shared = host::slim::share_graph(base, target);
  const host::Bytes file =
      slim_model(shared, std::vector<double>(shared.layers.size(), host::slim::kKeepsBase));
  REQUIRE(file.size() == base.bytes.size());
  for (const WeightLayer& layer : shared.layers) {
    if (layer.regridded[0]) continue;
    CHECK(static_cast<std::int8_t>(file[layer.bytes.offset]) == layer.base[0]);
  }
}
