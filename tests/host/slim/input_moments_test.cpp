// SPDX-License-Identifier: Apache-2.0
#include "slim/input_moments.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "slim_test_models.hpp"

using namespace tmd;
using namespace tmd::host::slim;

TEST_CASE("moments have the form of each layer and are those of a spread") {
  const host::model::OpenModel target = test::open(modelgen::models().fine_tuned);
  const SharedGraph shared = share_graph(test::open(modelgen::models().base), target);
  const std::vector<LayerMoments> all = input_moments(shared, target.bytes, test::samples(target, 16));
  REQUIRE(all.size() == shared.layers.size());
  std::size_t depthwise = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const WeightLayer& layer = shared.layers[i];
    if (all[i].channels.size() > 1) ++depthwise;
    for (std::size_t c = 0; c < layer.channels; ++c) {
      const InputMoments& moments = all[i].of(c);
      REQUIRE(moments.mean.size() == layer.base.size() / layer.channels);
      std::size_t covered = 0;
      for (const MomentBlock& block : moments.blocks) {
        CHECK(block.start == covered);
        covered += block.size;
        for (std::size_t a = 0; a < block.size; ++a) {
          REQUIRE(block.at(a, a) > 0);
          for (std::size_t b = 0; b < a; ++b) {
            REQUIRE(block.at(a, b) == block.at(b, a));
            REQUIRE(block.at(a, b) * block.at(a, b) <= 1.001F * block.at(a, a) * block.at(b, b));
          }
        }
      }
      CHECK(covered == moments.mean.size());
    }
  }
  CHECK(depthwise == 2);
}

TEST_CASE("without samples nothing is said of means, and errors that pull the same way add up") {
  const host::model::OpenModel target = test::open(modelgen::models().fine_tuned);
  const SharedGraph shared = share_graph(test::open(modelgen::models().base), target);
  const std::vector<LayerMoments> all = input_moments(shared, target.bytes, {});
  const InputMoments& first = all.front().of(0);
  CHECK(first.mean == std::vector<double>(first.mean.size(), 0.0));
  CHECK(first.blocks[0].at(0, 1) > 0);
  CHECK(first.blocks[0].at(0, 1) < first.blocks[0].at(0, 0));
}

TEST_CASE("what is constant in the input of a layer with a bias is no spread: the bias takes it back") {
  const host::model::OpenModel target = test::open(modelgen::models().fine_tuned);
  const SharedGraph shared = share_graph(test::open(modelgen::models().base), target);
  const std::vector<host::inference::Sample> one = test::samples(target, 1);
  const std::vector<LayerMoments> all = input_moments(shared, target.bytes, {one[0], one[0], one[0]});
  REQUIRE(!shared.layers.back().bias.empty());
  const InputMoments& last = all.back().of(0);  // of a dense layer: one row for each sample
  double largest = 0;
  for (const double mean : last.mean) largest = std::max(largest, std::abs(mean));
  REQUIRE(largest > 0.1);
  for (const MomentBlock& block : last.blocks) {
    for (std::size_t a = 0; a < block.size; ++a) {
      for (std::size_t b = 0; b < a; ++b)
        REQUIRE(std::abs(static_cast<double>(block.at(a, b))) < 1e-4 * largest * largest);
    }
  }
}
