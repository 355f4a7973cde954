// SPDX-License-Identifier: Apache-2.0
#include "modelgen/quantised_tensors.hpp"

#include <doctest/doctest.h>

namespace modelgen {

TEST_CASE(
    "the lowest activation is -128, the highest 127, and zero lies between them where it does in the range") {
  const Quantisation made = activation_quantisation({-1.0F, 1.55F});
  REQUIRE(made.scales.size() == 1);
  CHECK(made.scales[0] == doctest::Approx(0.01));
  CHECK(made.zero_points == std::vector<std::int64_t>{-28});
  CHECK(activation_quantisation({0, 2.55F}).zero_points == std::vector<std::int64_t>{-128});
}

}  // namespace modelgen
