// SPDX-License-Identifier: Apache-2.0
#include "model/kernel_memory.hpp"

#include <doctest/doctest.h>

#include "support/made_model.hpp"
#include "support/parsed_model.hpp"

using namespace tmd;
using test::ModelMaker;
using test::TensorType;

namespace {

using Sizes = std::vector<std::uint64_t>;

/// What a model's only operator costs.
host::model::KernelMemory kernel_costs(const ModelMaker& maker,
                                       host::model::TflmRevision revision = host::model::kNewestTflm) {
  const host::model::Model model = test::parsed(maker);
  return kernel_memory(model, model.main(), model.main().operators.front(), revision);
}

}  // namespace

TEST_CASE("a matrix product keeps a transposed copy of its right side") {
  ModelMaker maker;
  const int left = maker.tensor("left", TensorType::INT8, {1, 8, 100}, 1);
  const int right = maker.tensor("right", TensorType::INT8, {1, 100, 44}, 1);
  const int product = maker.tensor("product", TensorType::INT8, {1, 8, 44}, 1);
  maker.add(test::BuiltinOperator::BATCH_MATMUL, 1, {left, right}, {product});
  maker.inputs({left, right}).outputs({product});
  // How both are quantised; a tensor, its three dimensions and its data; the shape of the output.
  CHECK(kernel_costs(maker).persistent == Sizes{28, 12, 4 + 3 * 4, 100 * 44, 4 + 3 * 4});
}

TEST_CASE("a kernel that says the shape of its output keeps a copy of it") {
  const auto kept = [](test::BuiltinOperator builtin, const test::Shape& out) {
    ModelMaker maker;
    const int from = maker.tensor("from", TensorType::FLOAT32, {4, 8});
    const int which = maker.tensor("which", TensorType::INT32, {2, 3});
    const int to = maker.tensor("to", TensorType::FLOAT32, out);
    maker.add(builtin, 1, {from, which}, {to});
    maker.inputs({from, which}).outputs({to});
    return kernel_costs(maker).persistent;
  };
  CHECK(kept(test::BuiltinOperator::GATHER, {2, 3, 8}) == Sizes{4 + 3 * 4});
  CHECK(kept(test::BuiltinOperator::EMBEDDING_LOOKUP, {6, 8}) == Sizes{4 + 2 * 4});
  CHECK(kept(test::BuiltinOperator::RESHAPE, {-1, 8}) == Sizes{4 + 2 * 4});
  CHECK(kept(test::BuiltinOperator::RESHAPE, {4, 8}).empty());
}

TEST_CASE("the detection post-processing that TFLM brings along is known, with its lists of boxes") {
  ModelMaker maker;
  const int boxes = maker.tensor("boxes", TensorType::INT8, {1, 500, 4}, 1);
  const int scores = maker.tensor("scores", TensorType::INT8, {1, 500, 3}, 1);
  const int found = maker.tensor("found", TensorType::FLOAT32, {1, 10, 4});
  maker.add_custom("TFLite_Detection_PostProcess", 1, {boxes, scores}, {found});
  maker.inputs({boxes, scores}).outputs({found});
  const host::model::KernelMemory memory = kernel_costs(maker);
  CHECK(memory.known);
  std::uint64_t sum = 0;
  for (const std::uint64_t size : memory.scratch) sum += size;
  // Ten detections: three lists for all boxes and each of them, one for the larger of both, one for the detections.
  CHECK(sum == 500 * (3 * 4 + 1 + 16 + 3 * 4 + 5 * 40));
}

TEST_CASE("a reduction needs more since January 2026") {
  ModelMaker maker;
  const int in = maker.tensor("in", TensorType::INT8, {1, 8, 8, 4}, 1);
  const int axes = maker.constant("axes", TensorType::INT32, {2}, {1, 0, 0, 0, 2, 0, 0, 0});
  const int out = maker.tensor("out", TensorType::INT8, {1, 4}, 1);
  maker.add(test::BuiltinOperator::MEAN, 2, {in, axes}, {out});
  maker.inputs({in}).outputs({out});
  CHECK(kernel_costs(maker, 202512).scratch == Sizes{4 * 4});
  CHECK(kernel_costs(maker, 202601).scratch == Sizes{4 * 4, 4 * 4, 2 * 4});
}

TEST_CASE("a kernel that nobody measured is not known, whatever its name") {
  ModelMaker maker;
  const int in = maker.tensor("in", TensorType::INT8, {1, 16}, 1);
  maker.add_custom("ethos-u", 1, {in}, {in});
  maker.inputs({in}).outputs({in});
  CHECK_FALSE(kernel_costs(maker).known);
}
