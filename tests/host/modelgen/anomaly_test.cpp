// SPDX-License-Identifier: Apache-2.0
#include "modelgen/anomaly.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

using namespace modelgen;

namespace {

std::size_t unusual(const AnomalyDetector& detector, const std::vector<TemperatureWindow>& windows) {
  return static_cast<std::size_t>(std::count_if(
      windows.begin(), windows.end(),
      [&](const TemperatureWindow& window) { return score(detector.file, window) > detector.threshold; }));
}

}  // namespace

TEST_CASE("a detector that was trained on takes summer for normal, and faults for unusual as before") {
  const Random random(1);
  const std::array seasons = {winter(), summer()};
  const AnomalyDetector first = train_detector(std::span(seasons).first(1), random.stream(1));
  const AnomalyDetector second = train_on(first, seasons, random.stream(2));
  const auto warm = normal_readings(summer(), 40, random.stream(3));
  const auto cold = normal_readings(winter(), 40, random.stream(4));
  const auto faults = abnormal_readings(summer(), 40, random.stream(5));
  CHECK(unusual(first, cold) <= 2);
  CHECK(unusual(first, warm) >= 30);
  CHECK(unusual(second, warm) <= 2);
  CHECK(unusual(second, cold) <= 2);
  CHECK(unusual(second, faults) >= 36);
  CHECK(second.file.size() == first.file.size());
  CHECK(companion_of(second).size() == 4);
}
