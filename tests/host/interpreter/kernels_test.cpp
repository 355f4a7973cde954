// SPDX-License-Identifier: Apache-2.0
// Operators on a few numbers; against real arithmetic: interpreter_test.cpp.
#include "interpreter/kernels.hpp"

#include <doctest/doctest.h>

#include <bit>

#include "support/bytes.hpp"

namespace tmd::host::interpreter {

TEST_CASE("a depthwise convolution has several filters for each channel where it has more outputs") {
  const FloatParts one = FloatParts::of(std::bit_cast<std::uint32_t>(1.0F));
  const Bytes input = {3, 5}, weights = {1, 2, 3, 4}, scale = {0, 0, 0x80, 0x3F};
  Bytes output(4);
  Sliding sliding;
  sliding.input = {1, 1, 2};
  sliding.output = {1, 1, 4};
  Weighted data;
  data.input = view(input);
  data.weights = view(weights);
  data.output = MutableBytes(output.data(), output.size());
  Requantisation requantisation;
  requantisation.input = requantisation.output = one;
  requantisation.weight_scales = view(scale);
  REQUIRE(convolve_depthwise(sliding, data, requantisation));
  CHECK(output == Bytes{3, 6, 15, 20});
}

TEST_CASE("a mean of stored values is rounded to the nearest, halves away from zero on both sides of it") {
  const Bytes input = {6, 0xFA, 7, 0xF9};  // 6 and 7, -6 and -7
  Bytes output(2);
  Sliding sliding;
  sliding.input = {2, 1, 2};
  sliding.output = {1, 1, 2};
  sliding.window_height = 2;
  pool_average(sliding, view(input), -128, 127, MutableBytes(output.data(), output.size()));
  CHECK(output == Bytes{7, 0xF9});
}

}  // namespace tmd::host::interpreter
