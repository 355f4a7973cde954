// SPDX-License-Identifier: Apache-2.0
#include "inference/model_runner.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "model/self_test.hpp"
#include "support/made_model.hpp"
#include "support/trained_models.hpp"

using namespace tmd;
using namespace tmd::host;

TEST_CASE(
    "a seed stands for the input that self-tests are made of, and the same answer comes out each time") {
  const Bytes& file = modelgen::models().base.file;
  inference::ModelRunner runner(view(file), "base");
  const Bytes input = runner.generated_input(7);
  CHECK(input == model::generated_input(runner.model(), 7));
  const Bytes output = runner.run(view(input));
  CHECK(output.size() == 6);
  CHECK(runner.run(view(input)) == output);
  CHECK(runner.generated_input(8) != input);
  const std::vector<double> real = inference::real_values(view(output), runner.output_tensor());
  double sum = 0;
  for (const double value : real) sum += value;
  CHECK(sum == doctest::Approx(1.0).epsilon(0.02));
  CHECK(inference::top1({0.1, 0.7, 0.7}) == 1);
}

TEST_CASE("an input of another size and a file that is no model are refused by name") {
  inference::ModelRunner runner(view(modelgen::models().base.file), "base");
  CHECK_THROWS_WITH_AS((void)runner.run(view(Bytes(5))), "base: the model's input has 192 bytes, not 5",
                       Error);
  CHECK_THROWS_AS(inference::ModelRunner(view(Bytes(64)), "zeros"), Error);
}

TEST_CASE("elements of each type are read with their sign, and as real numbers by scale and zero point") {
  const Bytes bytes = {0xFF, 0xFF, 0x00, 0x80};
  model::Tensor tensor;
  const auto stored = [&](model::TensorType type) {
    tensor.type = type;
    return inference::stored_values(view(bytes), tensor);
  };
  using Values = std::vector<double>;
  CHECK(stored(model::TensorType::INT8) == Values{-1, -1, 0, -128});
  CHECK(stored(model::TensorType::UINT8) == Values{255, 255, 0, 128});
  CHECK(stored(model::TensorType::INT16) == Values{-1, -32768});
  CHECK(stored(model::TensorType::INT32) == Values{-2147418113.0});
  CHECK(stored(model::TensorType::BOOL).empty());
  tensor.type = model::TensorType::INT16;
  tensor.quantization.scales = {0.5F};
  tensor.quantization.zero_points = {-3};
  CHECK(inference::real_values(view(bytes), tensor) == Values{1, -16382.5});
}

TEST_CASE("weights outside the FlatBuffer, which no kernel would find, are no zeros") {
  test::ModelMaker maker = test::small_classifier();
  maker.model.buffers[1]->data.clear();
  maker.model.buffers[1]->offset = 16;
  maker.model.buffers[1]->size = 12;
  const Bytes file = maker.file();
  CHECK_THROWS_WITH_AS(
      inference::ModelRunner(view(file), "far"),
      "far: cannot be run here: tensor 'weights' has its data outside the FlatBuffer, where neither "
      "this interpreter nor TFLM looks",
      Error);
}

TEST_CASE("an input in another quantisation has the same real values, or the nearest that there are") {
  const auto tensor = [](model::TensorType type, float scale, std::int64_t zero) {
    model::Tensor made;
    made.type = type;
    made.quantization.scales = {scale};
    made.quantization.zero_points = {zero};
    return made;
  };
  const model::Tensor from = tensor(model::TensorType::INT8, 0.5F, -1);
  const auto bytes = [&](Bytes input, const model::Tensor& of, const model::Tensor& to) {
    return inference::requantised(view(input), of, to);
  };
  CHECK(bytes({0xFF, 1, 0xF6, 0x7F}, from, tensor(model::TensorType::INT8, 1.0F, 3)) ==
        Bytes{3, 4, 0xFE, 67});
  CHECK(bytes({100, 0x80}, from, tensor(model::TensorType::INT8, 0.25F, 0)) == Bytes{0x7F, 0x80});
  CHECK(bytes({9, 8}, from, from) == Bytes{9, 8});
  CHECK(bytes({200}, tensor(model::TensorType::UINT8, 1.0F, 0), tensor(model::TensorType::UINT8, 2.0F, 5)) ==
        Bytes{105});
  CHECK(bytes({0x00, 0x80}, tensor(model::TensorType::INT16, 0.5F, 0),
              tensor(model::TensorType::INT16, 1.0F, 0)) == Bytes{0x00, 0xC0});
  // Not quantised, or damaged: the bytes as they are.
  CHECK(bytes({9, 8}, from, model::Tensor()) == Bytes{9, 8});
  CHECK(bytes({9, 8}, from, tensor(model::TensorType::INT8, 0.0F, 0)) == Bytes{9, 8});
}

namespace {

/// A convolution of filters that take so many channels of eight.
test::ModelMaker convolution(std::int32_t channels) {
  test::ModelMaker maker;
  const int in = maker.tensor("in", test::TensorType::INT8, {1, 4, 4, 8}, 0.5F);
  const int filter = maker.constant("filter", test::TensorType::INT8, {2, 1, 1, channels},
                                    Bytes(static_cast<std::size_t>(2 * channels)), {0.5F});
  const int middle = maker.tensor("middle", test::TensorType::INT8, {1, 4, 4, 2}, 0.5F);
  const int out = maker.tensor("out", test::TensorType::INT8, {1, 4, 4, 2}, 0.5F);
  tflite::Conv2DOptionsT options;
  options.stride_w = options.stride_h = 1;
  maker.add(test::BuiltinOperator::CONV_2D, 3, {in, filter, -1}, {middle}, options);
  maker.add(test::BuiltinOperator::RELU, 2, {middle}, {out});
  maker.inputs({in}).outputs({out});
  return maker;
}

std::string refusal_of(const test::ModelMaker& maker) {
  const Bytes file = maker.file();
  try {
    const inference::ModelRunner runner(view(file), "model");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}
std::string refused_for(const std::string& why) {
  return "model: cannot be run here: " + why +
         "; docs/answers.md has what can, and what another runtime answers is taken by tmd diff "
         "--expect-output and "
         "tmd slim --run";
}

}  // namespace

TEST_CASE("what cannot be run here is refused with the operator, its place and what to do") {
  CHECK(refusal_of(convolution(8)).empty());
  CHECK(
      refusal_of(convolution(4)) ==
      refused_for(
          "operator 0, CONV_2D ('middle'): grouped convolutions are not there: its input has 8 channels, its "
          "filters take 4"));
  test::ModelMaker other = convolution(8);
  other.graph().operators[1]->opcode_index = 2;
  other.add_custom("fft", 1, {2}, {3});
  other.graph().operators.pop_back();
  CHECK(refusal_of(other) ==
        refused_for("operator 1, custom 'fft' ('out'): it is not there of int8, or not with such an option"));
  test::ModelMaker strided = convolution(8);
  strided.graph().operators[0]->builtin_options.AsConv2DOptions()->stride_w = 3;
  CHECK(refusal_of(strided) ==
        refused_for("operator 0, CONV_2D ('middle'): its tensors and options contradict each other"));
}

TEST_CASE("what cannot be run here for a tensor, or for its form, is refused for that") {
  test::ModelMaker variable = convolution(8);
  variable.tensor_at(2).is_variable = true;
  CHECK(refusal_of(variable) ==
        refused_for(
            "operator 0, CONV_2D ('middle'): tensor 2 ('middle', int8 [1,4,4,2]) has a type, a shape, a zero "
            "point or data that the interpreter does not take"));
  test::ModelMaker two = convolution(8);
  two.outputs({2, 3});
  CHECK(refusal_of(two) == refused_for("it has 1 inputs and 2 outputs, and models of one and one are"));
}
