// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/codec/logistic.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace tmd::codec;

TEST_CASE("squash is the logistic function, to three parts in a thousand of certainty") {
  for (std::int32_t stretched = -kStretchLimit; stretched <= kStretchLimit; ++stretched) {
    const double exact = 65536.0 / (1.0 + std::exp(-stretched / 256.0));
    if (std::abs(squash(stretched) - exact) > 200) FAIL_CHECK("at " << stretched);
  }
  CHECK(squash(0) == 32768);
}

TEST_CASE("it rises, never reaches certainty, and ends at its limits") {
  for (std::int32_t stretched = -kStretchLimit; stretched < kStretchLimit; ++stretched) {
    if (squash(stretched) > squash(stretched + 1)) FAIL_CHECK("at " << stretched);
  }
  CHECK(squash(-kStretchLimit) > 0);
  CHECK(squash(kStretchLimit) < 65536);
  CHECK(squash(1000000) == squash(kStretchLimit));
  CHECK(squash(-1000000) == squash(-kStretchLimit));
}

TEST_CASE("stretch is its inverse") {
  for (std::uint32_t probability = 64; probability < 65472; probability += 61) {
    const std::int32_t stretched = bisected_stretch(probability);
    if (squash(stretched) < probability) FAIL_CHECK("too low for " << probability);
    if (squash(stretched - 1) >= probability) FAIL_CHECK("too high for " << probability);
  }
  CHECK(bisected_stretch(0) == -kStretchLimit);
  CHECK(bisected_stretch(65536) == kStretchLimit);
}

TEST_CASE("the table has it in sixteenths, rounded, as odd as the function") {
  for (unsigned i = 0; i < 256; ++i) {
    const double probability = (i * 256 + 128) / 65536.0;
    CHECK(std::abs(kStretched.of[i] - 16 * std::log(probability / (1 - probability))) < 2);
    CHECK(std::abs(kStretched.of[i] + kStretched.of[255 - i]) <= 1);
  }
}
