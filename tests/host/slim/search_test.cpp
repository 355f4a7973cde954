// SPDX-License-Identifier: Apache-2.0
#include "slim/search.hpp"

#include <doctest/doctest.h>

#include "slim_test_models.hpp"

using namespace tmd;
using host::slim::Point;

namespace {

std::vector<host::inference::Sample> samples(const host::model::OpenModel& model, std::uint32_t count) {
  host::inference::ModelRunner runner(model.bytes, "the model");
  std::vector<host::inference::Sample> result;
  for (std::uint32_t seed = 1; seed <= count; ++seed) result.push_back({runner.generated_input(seed), ""});
  return result;
}

}  // namespace

TEST_CASE(
    "the trade-off goes from nearly the target's answers to far fewer bytes, and the choice keeps its word") {
  const host::model::OpenModel base = test::open(modelgen::models().base);
  const host::model::OpenModel target = test::open(modelgen::models().fine_tuned);
  const host::slim::SharedGraph shared = host::slim::share_graph(base, target);
  const std::vector<host::inference::Sample> inputs = samples(target, 24);
  double last = 0;
  const std::vector<Point> curve =
      host::slim::trade_off({shared, base.bytes, target.bytes, inputs, [&](double share) { last = share; }});
  CHECK(last == 1.0);
  REQUIRE(curve.size() >= 3);
  for (std::size_t i = 1; i < curve.size(); ++i) CHECK(curve[i].body_bytes <= curve[i - 1].body_bytes);
  CHECK(curve.front().agreement() >= 0.9);
  CHECK(curve.back().body_bytes * 3 < curve.front().body_bytes);

  const Point* agreeing = host::slim::smallest_that_agrees(curve, 0.9);
  REQUIRE(agreeing != nullptr);
  CHECK(agreeing->agreement() >= 0.9);
  const std::size_t half = curve.front().body_bytes / 2;
  const Point* within = host::slim::best_within(curve, half);
  REQUIRE(within != nullptr);
  CHECK(within->body_bytes <= half);
  CHECK(host::slim::best_within(curve, 1) == nullptr);
  CHECK(host::slim::smallest_that_agrees(curve, 1.01) == nullptr);
}

TEST_CASE("without samples the weights alone decide") {
  const host::model::OpenModel base = test::open(modelgen::models().base);
  const host::model::OpenModel target = test::open(modelgen::models().head);
  const host::slim::SharedGraph shared = host::slim::share_graph(base, target);
  const std::vector<Point> curve = host::slim::trade_off({shared, base.bytes, target.bytes, {}});
  REQUIRE(!curve.empty());
  CHECK(curve.front().change.samples == 0);
  CHECK(curve.back().body_bytes <= curve.front().body_bytes);
}
