// SPDX-License-Identifier: Apache-2.0
#include "modelgen/sine.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "inference/model_runner.hpp"

using namespace modelgen;

namespace {

/// The mean deviation over twenty angles of a whole turn, by the file as devices run it.
double mean_deviation(const SineModel& model) {
  tmd::host::inference::ModelRunner runner({model.file.data(), model.file.size()}, "sine");
  const auto& grid = runner.input_tensor().quantization;
  double sum = 0;
  for (int i = 0; i < 20; ++i) {
    const double angle = i * 6.283185307179586 / 20;
    const double steps =
        std::round(angle / static_cast<double>(grid.scales[0])) + static_cast<double>(grid.zero_points[0]);
    const auto stored =
        static_cast<std::uint8_t>(static_cast<std::int8_t>(std::lround(std::fmin(steps, 127))));
    const auto output = runner.run({&stored, 1});
    const auto values =
        tmd::host::inference::real_values({output.data(), output.size()}, runner.output_tensor());
    REQUIRE(values.size() == 1);
    sum += std::abs(values[0] - std::sin(angle));
  }
  return sum / 20;
}

}  // namespace

TEST_CASE("the sine that was trained on is off by less than half of what the first one is") {
  const SineModel first = train_sine(Random(1));
  const SineModel better = improve_sine(first, Random(1));
  const double before = mean_deviation(first);
  const double after = mean_deviation(better);
  MESSAGE("mean deviation over twenty angles: " << before << ", then " << after);
  CHECK(before > 0.02);
  CHECK(after < before / 2);
  CHECK(better.file.size() == first.file.size());
}
