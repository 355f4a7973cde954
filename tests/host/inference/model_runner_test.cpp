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
