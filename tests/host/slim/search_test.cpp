// SPDX-License-Identifier: Apache-2.0
#include "slim/search.hpp"

#include <doctest/doctest.h>

#include "slim_test_models.hpp"

using namespace tmd;
using host::slim::Point;

namespace {

/// The interpreter, and how often it was asked.
class CountedSource final : public host::slim::AnswerSource {
 public:
  host::slim::Answers answers(ConstBytes model, const std::vector<host::inference::Sample>& samples,
                              std::size_t count) override {
    ++runs;
    return source_->answers(model, samples, count);
  }
  std::size_t runs = 0;

 private:
  std::unique_ptr<host::slim::AnswerSource> source_ = host::slim::own_interpreter({});
};

/// The trade-off between two models that were trained here, on so many random inputs.
std::vector<Point> curve_between(const modelgen::TrainedModel& from, const modelgen::TrainedModel& to,
                                 std::uint32_t count, double* progress = nullptr,
                                 CountedSource* source = nullptr) {
  const host::model::OpenModel base = test::open(from);
  const host::model::OpenModel target = test::open(to);
  const host::slim::SharedGraph shared = host::slim::share_graph(base, target);
  const std::vector<host::inference::Sample> inputs = test::samples(target, count);
  CountedSource own;
  if (source == nullptr) source = &own;
  const auto moments = host::slim::input_moments(shared, target.bytes, inputs);
  const auto wanted = source->answers(target.bytes, inputs, inputs.size());
  host::slim::SearchInput search = {shared, base.bytes, inputs, *source, wanted, moments};
  search.on_progress = [&](double share) {
    if (progress != nullptr) *progress = share;
  };
  return host::slim::trade_off(search);
}

}  // namespace

TEST_CASE(
    "the trade-off goes from nearly the target's answers to far fewer bytes, and the choice keeps its word") {
  double last = 0;
  const std::vector<Point> curve =
      curve_between(modelgen::models().base, modelgen::models().fine_tuned, 24, &last);
  CHECK(last == 1.0);
  REQUIRE(curve.size() >= 2);
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
  const std::vector<Point> curve = curve_between(modelgen::models().base, modelgen::models().head, 0);
  REQUIRE(!curve.empty());
  CHECK(curve.front().change.samples == 0);
  CHECK(curve.back().body_bytes <= curve.front().body_bytes);
}

TEST_CASE("of points with as many bytes those that another beats are not on the curve, in whatever order") {
  const auto point = [](std::size_t agree, double difference) {
    Point made;
    made.body_bytes = 100;
    made.change.samples = 10;
    made.change.agree = agree;
    made.change.mean_difference = difference;
    return made;
  };
  for (const std::vector<Point>& points : {std::vector{point(9, 0.1), point(9, 0.2), point(8, 0.05)},
                                           std::vector{point(8, 0.05), point(9, 0.2), point(9, 0.1)}}) {
    const std::vector<Point> curve = host::slim::merged(points);
    REQUIRE(curve.size() == 2);
    CHECK(curve[0].change.agree == 8);
    CHECK(curve[1].change.agree == 9);
    CHECK(curve[1].change.mean_difference == 0.1);
  }
}

TEST_CASE("levels that leave a layer as the base has it are one, and measured once") {
  CountedSource source;
  const modelgen::TrainedModel& base = modelgen::models().base;
  const std::vector<Point> curve = curve_between(base, base, 24, nullptr, &source);
  REQUIRE(curve.size() == 1);
  CHECK(curve.front().change.agree == 24);
  // The target, all layers, each layer, the only combination.
  CHECK(source.runs == 3 + curve.front().layers.size());
}

TEST_CASE(
    "a curve goes on without points that another beats in bytes and answers, and each choice is the best") {
  const auto point = [](std::size_t bytes, std::size_t agree, double mean) {
    Point made;
    made.body_bytes = bytes;
    made.change.samples = 100;
    made.change.agree = agree;
    made.change.mean_difference = mean;
    return made;
  };
  const std::vector<Point> curve =
      host::slim::merged({point(60, 50, 0.3), point(100, 90, 0.1), point(80, 95, 0.05), point(200, 100, 0.0),
                          point(70, 50, 0.4)});
  REQUIRE(curve.size() == 3);
  CHECK(curve[0].body_bytes == 200);
  CHECK(curve[1].body_bytes == 80);
  CHECK(curve[2].body_bytes == 60);
  CHECK(host::slim::smallest_that_agrees(curve, 0.95) == &curve[1]);
  CHECK(host::slim::smallest_that_agrees(curve, 0.96) == &curve[0]);
  CHECK(host::slim::best_within(curve, 199) == &curve[1]);
  CHECK(host::slim::best_within(curve, 79) == &curve[2]);
}
