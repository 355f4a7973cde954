// SPDX-License-Identifier: Apache-2.0
#include "slim/layer_inputs.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "inference/model_runner.hpp"
#include "slim_test_models.hpp"

using namespace tmd;
using host::inference::ModelRunner;
using host::slim::LayerInputs;

namespace {

double real_weight(const host::model::Tensor& weights, ConstBytes file, std::size_t index,
                   std::size_t channel) {
  const auto& scales = weights.quantization.scales;
  return static_cast<double>(scales.size() == 1 ? scales[0] : scales[channel]) *
         static_cast<std::int8_t>(file[weights.data.offset + index]);
}

}  // namespace

// The rows are right if they give, multiplied with the weights, what the interpreter computes.
TEST_CASE("rows times weights are the layer's outputs, for each kind of layer") {
  const host::model::OpenModel model = test::open(modelgen::models().base);
  ModelRunner runner(model.bytes, "the model");
  const host::model::Subgraph& graph = model.model.main();
  std::size_t layers = 0;
  (void)runner.run(host::view(runner.generated_input(3)), [&](std::uint32_t operation) {
    const host::model::Operator& op = graph.operators[operation];
    if (op.inputs.size() < 3) return;
    ++layers;
    const host::model::Tensor& weights = graph.tensors[static_cast<std::size_t>(op.inputs[1])];
    const host::model::Tensor& bias = graph.tensors[static_cast<std::size_t>(op.inputs[2])];
    const host::model::Tensor& out = graph.tensors[static_cast<std::size_t>(op.outputs[0])];
    const LayerInputs inputs(model.model, operation, 100000);
    REQUIRE(inputs.is_readable());
    const std::vector<double> wanted =
        host::inference::real_values(runner.tensor_bytes(static_cast<std::uint32_t>(op.outputs[0])), out);
    const std::size_t channels = bias.data.size / 4;
    std::size_t row_number = 0;
    const double step = static_cast<double>(out.quantization.scales[0]);
    const double least = step * (-128 - static_cast<double>(out.quantization.zero_points[0]));
    const double most = step * (127 - static_cast<double>(out.quantization.zero_points[0]));
    const auto check = [&](std::size_t channel, const std::vector<float>& row, std::size_t place) {
      double sum = real_weight(bias, model.bytes, 0, 0) * 0;
      const auto& scales = bias.quantization.scales;
      const auto stored =
          static_cast<std::int32_t>(load_le32(model.bytes.data() + bias.data.offset + 4 * channel));
      sum += stored * static_cast<double>(scales.size() == 1 ? scales[0] : scales[channel]);
      for (std::size_t i = 0; i < row.size(); ++i) {
        const std::size_t at = inputs.is_depthwise() ? i * channels + channel : channel * row.size() + i;
        sum += static_cast<double>(row[i]) * real_weight(weights, model.bytes, at, channel);
      }
      const double got = std::min(most, std::max(least, sum));
      // A rectified output cannot be below zero.
      CHECK(std::abs(std::max(got, wanted[place * channels + channel] == 0 ? 0.0 : got) -
                     wanted[place * channels + channel]) <= 1.01 * step);
    };
    const std::size_t rows = inputs.for_each_row(runner.tensor_bytes(inputs.tensor()),
                                                 [&](std::size_t channel, const std::vector<float>& row) {
                                                   if (inputs.is_depthwise()) {
                                                     check(channel, row, row_number / channels);
                                                   } else {
                                                     for (std::size_t c = 0; c < channels; ++c)
                                                       check(c, row, row_number);
                                                   }
                                                   ++row_number;
                                                 });
    CHECK(rows * channels == wanted.size());
  });
  CHECK(layers == 7);
}
