// SPDX-License-Identifier: Apache-2.0
#include "inference/model_runner.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "model/self_test.hpp"
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
