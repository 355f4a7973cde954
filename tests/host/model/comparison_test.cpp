// SPDX-License-Identifier: Apache-2.0
#include "model/comparison.hpp"

#include <doctest/doctest.h>

#include "support/made_model.hpp"
#include "support/parsed_model.hpp"

using namespace tmd;
using host::model::Comparison;

namespace {

Comparison compared(const test::ModelMaker& base, const test::ModelMaker& target) {
  const auto before = base.file();
  const auto after = target.file();
  return host::model::compare({test::parsed(base), test::bytes_of(before)},
                              {test::parsed(target), test::bytes_of(after)});
}

}  // namespace

TEST_CASE("a model is what it is compared with itself") {
  const Comparison same = compared(test::small_classifier(), test::small_classifier());
  CHECK(same.same_graph);
  CHECK(same.weights.tensors == 0);
  CHECK(same.weights.bytes_differing == 0);
  CHECK(same.shapes + same.options + same.scales == 0);
}

TEST_CASE("weights are counted by tensor and by byte, scales by tensor") {
  test::ModelMaker target = test::small_classifier();
  target.model.buffers[1]->data[0] ^= 0x40;
  target.model.buffers[1]->data[1] ^= 0x40;
  target.tensor_at(0).quantization->scale[0] = 0.25F;
  const Comparison found = compared(test::small_classifier(), target);
  CHECK(found.same_graph);
  CHECK(found.weights.tensors == 1);
  CHECK(found.weights.bytes_differing == 2);
  CHECK(found.scales == 1);
}

TEST_CASE("what a tensor has more of differs, byte for byte") {
  test::ModelMaker target = test::small_classifier();
  target.tensor_at(1).shape = {4, 4};
  target.model.buffers[1]->data.resize(16, 5);
  const Comparison found = compared(test::small_classifier(), target);
  CHECK(found.shapes == 1);
  CHECK(found.weights.tensors == 1);
  CHECK(found.weights.bytes_differing == 4);
}

TEST_CASE("one operator more is another graph") {
  test::ModelMaker target = test::small_classifier();
  target.add(test::BuiltinOperator::LOGISTIC, 1, {4}, {4});
  CHECK_FALSE(compared(test::small_classifier(), target).same_graph);
}

TEST_CASE("a constant that is shared in one file and repeated in the other is no other wiring") {
  const auto made = [](bool shared) {
    test::ModelMaker maker = test::small_classifier();
    // The same weights once more, in a tensor of their own.
    maker.graph().tensors.push_back(std::make_unique<tflite::TensorT>(maker.tensor_at(1)));
    const auto again = static_cast<std::int32_t>(maker.graph().tensors.size() - 1);
    maker.add(test::BuiltinOperator::ADD, 1, {0, 1}, {3});
    maker.add(test::BuiltinOperator::ADD, 1, {0, shared ? 1 : again}, {3});
    return maker;
  };
  const Comparison found = compared(made(true), made(false));
  CHECK(found.same_graph);
  CHECK(found.rewired == 0);
  CHECK(found.weights.tensors == 0);
  CHECK_FALSE(found.same_order);
}

TEST_CASE("an input that is left out where there was one is other wiring") {
  test::ModelMaker target = test::small_classifier();
  target.graph().operators[0]->inputs[2] = -1;
  CHECK(compared(test::small_classifier(), target).rewired == 1);
}
