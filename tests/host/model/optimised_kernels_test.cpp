// SPDX-License-Identifier: Apache-2.0
// What CMSIS-NN and ESP-NN ask for; each number was worked out by hand from the libraries' own formulas.
#include "model/optimised_kernels.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "base/error.hpp"
#include "model/arena.hpp"
#include "support/made_model.hpp"
#include "support/parsed_model.hpp"

using namespace tmd;
using host::model::KernelMemory;
using host::model::KernelSet;
using test::BuiltinOperator;
using test::ModelMaker;
using test::Shape;
using test::TensorType;

namespace {

using Sizes = std::vector<std::uint64_t>;

/// A model of one operator with weights.
template <class Options>
ModelMaker made_layer(BuiltinOperator builtin, const Shape& in, const Shape& weights, const Shape& out,
                      const Options& options, TensorType type = TensorType::INT8) {
  ModelMaker maker;
  const int from = maker.tensor("in", type, in, 1);
  std::size_t size = 1;
  for (const std::int32_t length : weights) size *= static_cast<std::size_t>(length);
  const int filter =
      maker.constant("weights", TensorType::INT8, weights, std::vector<std::uint8_t>(size, 1), {1});
  const int to = maker.tensor("out", type, out, 1);
  maker.add(builtin, 3, {from, filter}, {to}, options);
  maker.inputs({from}).outputs({to});
  return maker;
}

KernelMemory asked_for(KernelSet kernels, const ModelMaker& maker) {
  const host::model::Model model = test::parsed(maker);
  KernelMemory memory;
  add_optimised(memory, kernels, model, model.main(), model.main().operators.front());
  return memory;
}

tflite::Conv2DOptionsT convolution(std::int32_t stride, tflite::Padding padding = tflite::Padding::SAME) {
  tflite::Conv2DOptionsT options;
  options.padding = padding;
  options.stride_w = options.stride_h = stride;
  return options;
}

ModelMaker three_by_three(TensorType type = TensorType::INT8) {
  return made_layer(BuiltinOperator::CONV_2D, {1, 16, 16, 8}, {16, 3, 3, 8}, {1, 16, 16, 16}, convolution(1),
                    type);
}

ModelMaker pointwise(std::int32_t stride) {
  return made_layer(BuiltinOperator::CONV_2D, {1, 8, 8, 16}, {32, 1, 1, 16}, {1, 8 / stride, 8 / stride, 32},
                    convolution(stride));
}

ModelMaker depthwise(std::int32_t channels_in, std::int32_t channels_out) {
  tflite::DepthwiseConv2DOptionsT options;
  options.stride_w = options.stride_h = 1;
  options.depth_multiplier = channels_out / channels_in;
  return made_layer(BuiltinOperator::DEPTHWISE_CONV_2D, {1, 8, 8, channels_in}, {1, 3, 3, channels_out},
                    {1, 8, 8, channels_out}, options);
}

}  // namespace

TEST_CASE("CMSIS-NN copies windows of the input of a convolution, but not of a pointwise one") {
  CHECK(asked_for(KernelSet::cmsis_nn, three_by_three()).scratch == Sizes{4 * 80});
  CHECK(asked_for(KernelSet::cmsis_nn, three_by_three(TensorType::INT16)).scratch == Sizes{4 * 72 * 2});
  CHECK(asked_for(KernelSet::cmsis_nn, pointwise(1)).scratch == Sizes{2 * 16 * 2});
  CHECK(asked_for(KernelSet::cmsis_nn, pointwise(2)).scratch.empty());
}

TEST_CASE("CMSIS-NN copies blocks of 124 channels of a depthwise convolution, or turns it into another one") {
  CHECK(asked_for(KernelSet::cmsis_nn, depthwise(16, 16)).scratch == Sizes{4 * 124 * 9});
  CHECK(asked_for(KernelSet::cmsis_nn, depthwise(1, 8)).scratch == Sizes{4 * 16 + 9 * 8});
  CHECK(asked_for(KernelSet::cmsis_nn, depthwise(2, 8)).scratch.empty());
}

TEST_CASE(
    "CMSIS-NN keeps sums of the weights of a fully connected layer, or scratch where it has more "
    "dimensions") {
  const tflite::FullyConnectedOptionsT options;
  const KernelMemory flat = asked_for(
      KernelSet::cmsis_nn, made_layer(BuiltinOperator::FULLY_CONNECTED, {1, 64}, {10, 64}, {1, 10}, options));
  CHECK(flat.persistent == Sizes{10 * 4});
  CHECK(flat.scratch.empty());
  const KernelMemory deep =
      asked_for(KernelSet::cmsis_nn,
                made_layer(BuiltinOperator::FULLY_CONNECTED, {1, 4, 64}, {10, 64}, {1, 4, 10}, options));
  CHECK(deep.persistent.empty());
  CHECK(deep.scratch == Sizes{10 * 8, 64 * 4});
}

TEST_CASE("CMSIS-NN needs a row of sums for an average pool") {
  tflite::Pool2DOptionsT options;
  options.stride_w = options.stride_h = options.filter_width = options.filter_height = 2;
  ModelMaker maker;
  const int from = maker.tensor("in", TensorType::INT8, {1, 8, 8, 24}, 1);
  const int to = maker.tensor("out", TensorType::INT8, {1, 4, 4, 24}, 1);
  maker.add(BuiltinOperator::AVERAGE_POOL_2D, 2, {from}, {to}, options);
  maker.inputs({from}).outputs({to});
  CHECK(asked_for(KernelSet::cmsis_nn, maker).scratch == Sizes{24 * 4});
}

TEST_CASE("CMSIS-NN turns a transposed convolution round, or sums it up in 32 bits") {
  tflite::TransposeConvOptionsT options;
  options.stride_w = options.stride_h = 2;
  const auto transposed = [&](std::int32_t channels) {
    ModelMaker maker;
    const int shape =
        maker.constant("shape", TensorType::INT32, {4}, {1, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0, 6, 0, 0, 0});
    const int filter =
        maker.constant("weights", TensorType::INT8, {6, 3, 3, channels},
                       std::vector<std::uint8_t>(static_cast<std::size_t>(6 * 9 * channels), 1), {1});
    const int from = maker.tensor("in", TensorType::INT8, {1, 4, 4, channels}, 1);
    const int to = maker.tensor("out", TensorType::INT8, {1, 8, 8, 6}, 1);
    maker.add(BuiltinOperator::TRANSPOSE_CONV, 3, {shape, filter, from}, {to}, options);
    maker.inputs({from}).outputs({to});
    return maker;
  };
  CHECK(asked_for(KernelSet::cmsis_nn, transposed(32)).scratch == Sizes{4 * 9 * 32, 9 * 32 * 6});
  CHECK(asked_for(KernelSet::cmsis_nn, transposed(8)).scratch == Sizes{(3 * 2 + 3) * 6 * 3 * 4});
}

TEST_CASE("ESP-NN copies weights and padded input of a convolution") {
  const std::uint64_t copies = 18 * 18 * 8 * 2;
  const std::uint64_t filters = (9 * 16 + 3 * 32) * 16;
  CHECK(asked_for(KernelSet::esp_nn, three_by_three()).scratch == Sizes{copies + filters + 16 * 4 + 64});
  CHECK(asked_for(KernelSet::esp_nn, pointwise(1)).scratch == Sizes{16 * 32 + 16 * 16 + 64});
  CHECK(asked_for(KernelSet::esp_nn, three_by_three(TensorType::INT16)).scratch.empty());
  // Two channels in: windows of 18 bytes, in rows of six.
  const ModelMaker first = made_layer(BuiltinOperator::CONV_2D, {1, 10, 10, 2}, {8, 3, 3, 2}, {1, 8, 8, 8},
                                      convolution(1, tflite::Padding::VALID));
  CHECK(asked_for(KernelSet::esp_nn, first).scratch == Sizes{8 * 4 + 9 * 32 + 32 + 64});
}

TEST_CASE("ESP-NN copies weights and padded input of a depthwise convolution") {
  CHECK(asked_for(KernelSet::esp_nn, depthwise(16, 16)).scratch == Sizes{9 * 16 + 10 * 10 * 16 + 64});
  CHECK(asked_for(KernelSet::esp_nn, depthwise(8, 8)).scratch == Sizes{2 * (9 * 8 + 64 * 8) + 64});
  CHECK(asked_for(KernelSet::esp_nn, depthwise(1, 8)).scratch == Sizes{2 * (9 * 8 + 64) + 64});
}

TEST_CASE("the arena with optimised kernels is never below that with TFLM's own") {
  for (const ModelMaker& maker : {three_by_three(), pointwise(1), depthwise(16, 16)}) {
    const host::model::Model model = test::parsed(maker);
    host::model::ArenaChoice choice;
    const std::uint32_t reference = arena_bytes(model, choice);
    for (const char* kernels : {"cmsis-nn", "esp-nn"}) {
      choice.kernels = kernels;
      CHECK(arena_bytes(model, choice) >= reference);
    }
  }
  host::model::ArenaChoice unknown;
  unknown.kernels = "xnnpack";
  CHECK_THROWS_AS((void)arena_bytes(test::parsed(pointwise(1)), unknown), host::Error);
}
