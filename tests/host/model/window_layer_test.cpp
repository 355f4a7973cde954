// SPDX-License-Identifier: Apache-2.0
#include "model/window_layer.hpp"

#include <doctest/doctest.h>

#include "support/made_model.hpp"
#include "support/parsed_model.hpp"

using namespace tmd;
using host::model::window_layer;
using test::BuiltinOperator;
using test::ModelMaker;
using test::TensorType;

namespace {

/// The layer that a convolution with padding SAME is read as.
std::optional<host::model::WindowLayer> convolution_layer(TensorType type, const test::Shape& in,
                                                          const test::Shape& out, std::int32_t stride,
                                                          std::int32_t dilation) {
  ModelMaker maker;
  const int from = maker.tensor("in", type, in, 1);
  const int filter =
      maker.constant("weights", TensorType::INT8, {4, 3, 3, 2}, std::vector<std::uint8_t>(72, 1), {1});
  const int to = maker.tensor("out", type, out, 1);
  tflite::Conv2DOptionsT options;
  options.stride_h = options.stride_w = stride;
  options.dilation_h_factor = options.dilation_w_factor = dilation;
  maker.add(BuiltinOperator::CONV_2D, 3, {from, filter}, {to}, options);
  maker.inputs({from}).outputs({to});
  const host::model::Model model = test::parsed(maker);
  return window_layer(BuiltinOperator::CONV_2D, model.main(), model.main().operators.front());
}

}  // namespace

TEST_CASE("the padding of a window is what TFLite puts before the input") {
  const auto plain = convolution_layer(TensorType::INT8, {1, 9, 7, 2}, {1, 9, 7, 4}, 1, 1);
  REQUIRE(plain);
  CHECK(plain->pad_height == 1);
  CHECK(plain->filter_area() == 9);
  CHECK(plain->filter_channels == 2);
  CHECK(plain->out_channels == 4);
  CHECK_FALSE(plain->strided());
  // (4 - 1) * 2 + 3 = 9 of 8 rows: one is missing, and goes behind.
  const auto strided = convolution_layer(TensorType::INT8, {1, 8, 8, 2}, {1, 4, 4, 4}, 2, 1);
  REQUIRE(strided);
  CHECK_FALSE(strided->padded());
  CHECK(strided->strided());
  const auto dilated = convolution_layer(TensorType::INT16, {1, 9, 7, 2}, {1, 9, 7, 4}, 1, 2);
  REQUIRE(dilated);
  CHECK(dilated->pad_width == 2);
  CHECK(dilated->dilated);
}

TEST_CASE("data of other types, and shapes that no microcontroller holds, are no window's") {
  CHECK_FALSE(convolution_layer(TensorType::FLOAT32, {1, 9, 7, 2}, {1, 9, 7, 4}, 1, 1));
  CHECK_FALSE(convolution_layer(TensorType::INT8, {1, 2000000, 7, 2}, {1, 9, 7, 4}, 1, 1));
  const auto empty = convolution_layer(TensorType::INT8, {1, 0, -1, 2}, {1, 9, 7, 4}, 0, 0);
  REQUIRE(empty);
  CHECK(empty->in_height == 1);
  CHECK(empty->stride_width == 1);
}
