// SPDX-License-Identifier: Apache-2.0
#include "slim/weight_layers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "slim_test_models.hpp"
#include "support/made_model.hpp"

using namespace tmd;
using host::slim::SharedGraph;
using host::slim::WeightLayer;

TEST_CASE("the target on itself: every weight is wanted where it stands, and the frame is the model") {
  const host::model::OpenModel base = test::open(modelgen::models().base);
  const SharedGraph shared = host::slim::share_graph(base, base);
  CHECK(shared.keeps_activations);
  CHECK(std::equal(shared.frame.begin(), shared.frame.end(), base.bytes.begin(), base.bytes.end()));
  REQUIRE(shared.layers.size() == 7);
  for (const WeightLayer& layer : shared.layers) {
    CAPTURE(layer.name);
    REQUIRE(layer.wanted.size() == layer.base.size());
    for (std::size_t i = 0; i < layer.base.size(); ++i)
      CHECK(std::abs(layer.wanted[i] - static_cast<double>(layer.base[i])) < 1e-3);
  }
}

TEST_CASE("a fine-tuned target's weights are wanted in steps of the base's grid, biases by its scales") {
  const host::model::OpenModel base = test::open(modelgen::models().base);
  const host::model::OpenModel target = test::open(modelgen::models().fine_tuned);
  const SharedGraph shared = host::slim::share_graph(base, target);
  std::size_t moved = 0;
  for (const WeightLayer& layer : shared.layers) {
    // What is cut off costs less than rounding does: a twelfth of a step's square in the mean.
    double cut_off = 0;
    for (std::size_t i = 0; i < layer.base.size(); ++i) {
      if (!layer.regridded[layer.channel[i]]) {
        const double beyond = std::max(0.0, std::abs(layer.wanted[i]) - 127.5);
        cut_off += beyond * beyond;
        if (std::abs(layer.wanted[i] - static_cast<double>(layer.base[i])) > 0.5) ++moved;
      }
      REQUIRE(layer.channel[i] < layer.channels);
    }
    CHECK(cut_off <= static_cast<double>(layer.base.size()) / 12);
  }
  CHECK(moved > 1000);
  // Only parameters and scales differ from the base: the structure is the base's.
  CHECK(shared.frame.size() == base.bytes.size());
}

TEST_CASE("models of another graph are refused, saying what differs") {
  const host::model::OpenModel base = test::open(modelgen::models().base);
  host::model::OpenModel other = base;
  other.model.subgraphs[0].tensors[3].shape.push_back(1);
  CHECK_THROWS_WITH_AS(host::slim::share_graph(base, other), doctest::Contains("tensor 3"), host::Error);
  other = base;
  other.model.subgraphs[0].operators.pop_back();
  CHECK_THROWS_WITH_AS(host::slim::share_graph(base, other), doctest::Contains("number of operators"),
                       host::Error);
  other = base;
  other.model.subgraphs[0].operators[1].inputs.push_back(-1);
  const std::string name = host::model::operator_name(base.model.code_of(base.model.main().operators[1]));
  CHECK_THROWS_WITH_AS(host::slim::share_graph(base, other),
                       ("base and target are not the same graph: operator 1, " + name +
                        "; send the target as it is with tmd diff")
                           .c_str(),
                       host::Error);
}

TEST_CASE("activations that would be clipped at one end get the target's quantisation") {
  const host::model::OpenModel base = test::open(modelgen::models().base);
  host::model::OpenModel target = base;
  auto& tensors = target.model.subgraphs[0].tensors;
  // Rectified: from zero on, so that only the upper end moves.
  const auto rectified = std::find_if(tensors.begin(), tensors.end(), [](const host::model::Tensor& tensor) {
    return !tensor.is_constant() && tensor.type == host::model::TensorType::INT8 &&
           tensor.quantization.present() && tensor.quantization.zero_points[0] == -128;
  });
  REQUIRE(rectified != tensors.end());
  rectified->quantization.scales[0] *= 1.05F;
  CHECK(host::slim::share_graph(base, target).keeps_activations);
  rectified->quantization.scales[0] *= 1.5F;
  CHECK_FALSE(host::slim::share_graph(base, target).keeps_activations);
}

namespace {

/// A dense layer of int16 data, int8 weights and 64-bit biases, each of so many steps.
std::vector<std::uint8_t> wide_layer(float input_scale, std::uint8_t bias) {
  test::ModelMaker maker;
  const int in = maker.tensor("in", test::TensorType::INT16, {1, 2}, input_scale);
  const int weights = maker.constant("weights", test::TensorType::INT8, {2, 2}, {10, 20, 30, 40}, {0.5F});
  const int biases =
      maker.constant("bias", test::TensorType::INT64, {2},
                     {bias, 0, 0, 0, 0, 0, 0, 0, bias, 0, 0, 0, 0, 0, 0, 0}, {input_scale * 0.5F});
  const int out = maker.tensor("out", test::TensorType::INT16, {1, 2}, 1.0F);
  maker.add(test::BuiltinOperator::FULLY_CONNECTED, 4, {in, weights, biases}, {out},
            tflite::FullyConnectedOptionsT());
  maker.inputs({in}).outputs({out});
  return maker.file();
}

host::slim::SharedGraph share_wide(float base_scale, float target_scale) {
  const std::vector<std::uint8_t> from = wide_layer(base_scale, 8), to = wide_layer(target_scale, 40);
  const host::model::OpenModel base = {host::model::parse_or_throw(test::bytes_of(from), "base"),
                                       test::bytes_of(from)};
  const host::model::OpenModel target = {host::model::parse_or_throw(test::bytes_of(to), "target"),
                                         test::bytes_of(to)};
  return host::slim::share_graph(base, target);
}

/// Of the frame's first bias and input.
std::int64_t first_bias(const host::slim::SharedGraph& shared, std::size_t* steps_of_input = nullptr) {
  const auto frame = host::model::parse_or_throw(host::view(shared.frame), "frame");
  const auto& tensors = frame.main().tensors;
  if (steps_of_input != nullptr)
    *steps_of_input = static_cast<std::size_t>(std::round(tensors[0].quantization.scales[0] / 0.25F));
  return shared.frame[tensors[2].data.offset];
}

}  // namespace

TEST_CASE(
    "layers of int16 data: 64-bit biases go by the slim model's scales, and ranges are the target's or "
    "held") {
  std::size_t steps = 0;
  // The base's range is twice the target's: it stays, and so many steps of the bias are half as many.
  const SharedGraph kept = share_wide(0.5F, 0.25F);
  CHECK(kept.keeps_activations);
  CHECK(first_bias(kept, &steps) == 20);
  CHECK(steps == 2);
  const SharedGraph widened = share_wide(0.25F, 0.5F);
  CHECK_FALSE(widened.keeps_activations);
  CHECK(first_bias(widened, &steps) == 40);
  CHECK(steps == 2);
}

TEST_CASE("scales that do not go with a layer's channels are those of a damaged file") {
  const std::vector<std::uint8_t> file = test::small_classifier().file();
  const host::model::OpenModel sound = {host::model::parse_or_throw(test::bytes_of(file), "model"),
                                        test::bytes_of(file)};
  const auto said = [&](std::size_t tensor, auto damage) -> std::string {
    host::model::OpenModel model = sound;
    damage(model.model.subgraphs[0].tensors[tensor]);
    try {
      (void)host::slim::share_graph(model, model);
    } catch (const host::Error& error) {
      return error.what();
    }
    return "";
  };
  using host::model::Tensor;
  CHECK(said(1, [](Tensor&) {}).empty());
  const std::string scales =
      "the weights 'weights' are damaged: 2 scales and 12 bytes of data do not go with "
      "the shape [3,4]";
  CHECK(said(1, [](Tensor& t) { t.quantization.scales.pop_back(); }) == scales);
  CHECK(said(1, [](Tensor& t) { t.quantization.dimension = -1; }).starts_with("the weights"));
  CHECK(said(1, [](Tensor& t) { t.shape = {3, 0}; }).ends_with("the shape [3,0]"));
  CHECK(said(2, [](Tensor& t) { t.quantization.scales.resize(2); }) ==
        "the biases 'bias' are damaged: 2 scales for 12 bytes of data");
}

namespace {

/// Three dense layers on one scale, the weights of two of them in one buffer, or one tensor; all biases in one buffer.
struct Siblings {
  std::uint8_t weight = 10;
  float scale = 0.5F;
  std::uint8_t bias = 0;
  bool one_tensor = false;
  bool own_biases = false;

  std::vector<std::uint8_t> file() const {
    test::ModelMaker maker;
    const std::vector<std::uint8_t> weights = {weight, 20, 30, 40};
    int before = maker.tensor("in", test::TensorType::INT8, {1, 2}, 0.25F);
    maker.inputs({before});
    for (int i = 0; i < 3; ++i) {
      const std::string name = std::to_string(i);
      int kernel = maker.constant("weights" + name, test::TensorType::INT8, {2, 2}, weights, {scale});
      const int biases = maker.constant("bias" + name, test::TensorType::INT32, {2},
                                        {bias, 0, 0, 0, bias, 0, 0, 0}, {scale / 4});
      if (i == 1) maker.tensor_at(kernel).buffer = maker.tensor_at(1).buffer;
      if (i == 1 && one_tensor) kernel = 1;
      if (i != 0 && !own_biases) maker.tensor_at(biases).buffer = maker.tensor_at(2).buffer;
      const int after = maker.tensor("out" + name, test::TensorType::INT8, {1, 2}, 0.25F);
      maker.add(test::BuiltinOperator::FULLY_CONNECTED, 4, {before, kernel, biases}, {after},
                tflite::FullyConnectedOptionsT());
      before = after;
    }
    maker.outputs({before});
    return maker.file();
  }
};

host::slim::SharedGraph share(const std::vector<std::uint8_t>& from, const std::vector<std::uint8_t>& to) {
  const host::model::OpenModel base = {host::model::parse_or_throw(test::bytes_of(from), "base"),
                                       test::bytes_of(from)};
  const host::model::OpenModel target = {host::model::parse_or_throw(test::bytes_of(to), "target"),
                                         test::bytes_of(to)};
  return host::slim::share_graph(base, target);
}

}  // namespace

TEST_CASE(
    "weights that two layers use are the target's, with its scale, and biases that they use are not moved") {
  for (const bool one_tensor : {false, true}) {
    CAPTURE(one_tensor);
    const auto base = Siblings{10, 0.5F, 0, one_tensor}.file();
    const auto target = Siblings{17, 0.4F, 0, one_tensor}.file();
    const SharedGraph shared = share(base, target);
    REQUIRE(shared.layers.size() == 1);
    CHECK(shared.layers[0].name == "weights2");
    CHECK(shared.layers[0].operation == 2);
    CHECK(shared.layers[0].bias.empty());
    const std::vector<std::string> left =
        one_tensor ? std::vector<std::string>{"weights0"} : std::vector<std::string>{"weights0", "weights1"};
    CHECK(shared.left_as_they_are == left);
    const auto frame = host::model::parse_or_throw(host::view(shared.frame), "frame");
    const host::model::Tensor& weights = frame.main().tensors[1];
    CHECK(shared.frame[weights.data.offset] == 17);
    CHECK(weights.quantization.scales[0] == 0.4F);
  }
}

TEST_CASE("what is one in the base and would be two in a slim model is refused") {
  const auto base = Siblings{10, 0.5F, 0}.file();
  CHECK_NOTHROW(share(base, Siblings{10, 0.5F, 0, false, true}.file()));
  CHECK_THROWS_WITH_AS(
      share(base, Siblings{10, 0.4F, 4}.file()),
      doctest::Contains("tensors 2 ('bias0') and 8 ('bias2') are the same bytes in the base"), host::Error);
}

TEST_CASE("where each layer shares its weights there is nothing to make slim, and that is said") {
  test::ModelMaker maker;
  const int in = maker.tensor("in", test::TensorType::INT8, {1, 2}, 0.25F);
  const int weights = maker.constant("weights", test::TensorType::INT8, {2, 2}, {1, 2, 3, 4}, {0.5F});
  const int middle = maker.tensor("middle", test::TensorType::INT8, {1, 2}, 0.25F);
  const int out = maker.tensor("out", test::TensorType::INT8, {1, 2}, 0.25F);
  const auto dense = test::BuiltinOperator::FULLY_CONNECTED;
  maker.add(dense, 4, {in, weights, -1}, {middle}, tflite::FullyConnectedOptionsT());
  maker.add(dense, 4, {middle, weights, -1}, {out}, tflite::FullyConnectedOptionsT());
  maker.inputs({in}).outputs({out});
  CHECK_THROWS_WITH_AS(share(maker.file(), maker.file()), doctest::Contains("are used in several places"),
                       host::Error);
}
