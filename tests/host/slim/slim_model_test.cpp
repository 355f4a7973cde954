// SPDX-License-Identifier: Apache-2.0
#include "slim/slim_model.hpp"

#include <doctest/doctest.h>

#include "slim_test_models.hpp"

using namespace tmd;
using host::slim::WeightLayer;

TEST_CASE("a slim model without a change in its weights has the base's weights, byte for byte") {
  const host::model::OpenModel base = test::open(modelgen::models().base);
  const host::model::OpenModel target = test::open(modelgen::models().fine_tuned);
  const host::slim::SharedGraph shared = host::slim::share_graph(base, target);
  const auto moments = host::slim::input_moments(shared, target.bytes, {});
  std::vector<host::slim::LayerValues> values;
  for (std::size_t i = 0; i < shared.layers.size(); ++i)
    values.push_back(solve_layer(shared.layers[i], moments[i], host::slim::kKeepsBase));
  REQUIRE(!shared.layers.back().bias.empty());
  values.back().bias.back() += 1000;  // not what the frame has there
  const host::Bytes file = slim_model(shared, values);
  REQUIRE(file.size() == base.bytes.size());
  for (const WeightLayer& layer : shared.layers) {
    for (std::size_t i = 0; i < layer.base.size(); ++i) {
      if (layer.regridded[layer.channel[i]]) continue;
      REQUIRE(static_cast<std::int8_t>(file[layer.bytes.offset + i]) == layer.base[i]);
    }
  }
  // Biases are the layers' own, whatever the weights do.
  for (std::size_t i = 0; i < shared.layers.size(); ++i) {
    for (std::size_t c = 0; c < values[i].bias.size(); ++c)
      REQUIRE(static_cast<std::int32_t>(load_le32(&file[shared.layers[i].bias_bytes.offset + 4 * c])) ==
              values[i].bias[c]);
  }
}
