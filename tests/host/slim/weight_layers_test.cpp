// SPDX-License-Identifier: Apache-2.0
#include "slim/weight_layers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "slim_test_models.hpp"

using namespace tmd;
using host::slim::SharedGraph;
using host::slim::WeightLayer;

TEST_CASE("the target on itself: every weight is wanted where it stands, and the frame is the model") {
  const host::model::OpenModel base = test::open(modelgen::models().base);
  const SharedGraph shared = host::slim::share_graph(base, base);
  CHECK(shared.keeps_activations);
  CHECK(std::equal(shared.frame.begin(), shared.frame.end(), base.bytes.begin(), base.bytes.end()));
  REQUIRE(shared.layers.size() == 7);
  for (const WeightLayer& layer : shared.layers) {
    CAPTURE(layer.name);
    REQUIRE(layer.wanted.size() == layer.base.size());
    for (std::size_t i = 0; i < layer.base.size(); ++i)
      CHECK(std::abs(layer.wanted[i] - static_cast<double>(layer.base[i])) < 1e-3);
  }
}

TEST_CASE("a fine-tuned target's weights are wanted in steps of the base's grid, biases by its scales") {
  const host::model::OpenModel base = test::open(modelgen::models().base);
  const host::model::OpenModel target = test::open(modelgen::models().fine_tuned);
  const SharedGraph shared = host::slim::share_graph(base, target);
  std::size_t moved = 0;
  for (const WeightLayer& layer : shared.layers) {
    // What is cut off costs less than rounding does: a twelfth of a step's square in the mean.
    double cut_off = 0;
    for (std::size_t i = 0; i < layer.base.size(); ++i) {
      if (!layer.regridded[layer.channel[i]]) {
        const double beyond = std::max(0.0, std::abs(layer.wanted[i]) - 127.5);
        cut_off += beyond * beyond;
        if (std::abs(layer.wanted[i] - static_cast<double>(layer.base[i])) > 0.5) ++moved;
      }
      REQUIRE(layer.channel[i] < layer.channels);
    }
    CHECK(cut_off <= static_cast<double>(layer.base.size()) / 12);
  }
  CHECK(moved > 1000);
  // Only parameters and scales differ from the base: the structure is the base's.
  CHECK(shared.frame.size() == base.bytes.size());
}

TEST_CASE("models of another graph are refused, saying what differs") {
  const host::model::OpenModel base = test::open(modelgen::models().base);
  host::model::OpenModel other = base;
  other.model.subgraphs[0].tensors[3].shape.push_back(1);
  CHECK_THROWS_WITH_AS(host::slim::share_graph(base, other), doctest::Contains("tensor 3"), host::Error);
  other = base;
  other.model.subgraphs[0].operators.pop_back();
  CHECK_THROWS_WITH_AS(host::slim::share_graph(base, other), doctest::Contains("number of operators"),
                       host::Error);
}

TEST_CASE("activations that would be clipped at one end get the target's quantisation") {
  const host::model::OpenModel base = test::open(modelgen::models().base);
  host::model::OpenModel target = base;
  auto& tensors = target.model.subgraphs[0].tensors;
  // Rectified: from zero on, so that only the upper end moves.
  const auto rectified = std::find_if(tensors.begin(), tensors.end(), [](const host::model::Tensor& tensor) {
    return !tensor.is_constant() && tensor.type == host::model::TensorType::INT8 &&
           tensor.quantization.present() && tensor.quantization.zero_points[0] == -128;
  });
  REQUIRE(rectified != tensors.end());
  rectified->quantization.scales[0] *= 1.05F;
  CHECK(host::slim::share_graph(base, target).keeps_activations);
  rectified->quantization.scales[0] *= 1.5F;
  CHECK_FALSE(host::slim::share_graph(base, target).keeps_activations);
}
