// SPDX-License-Identifier: Apache-2.0
#include "slim/shared_tensors.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "model/reader.hpp"
#include "support/made_model.hpp"

using namespace tmd;
using host::slim::SharedTensors;

namespace {

/// Two dense layers; `share` changes what they have in common.
template <class Share>
std::vector<std::uint8_t> two_layers(Share share) {
  test::ModelMaker maker;
  const std::vector<std::uint8_t> four = {1, 2, 3, 4}, zeros(8);
  const int in = maker.tensor("in", test::TensorType::INT8, {1, 2}, 0.5F);
  const int first = maker.constant("first", test::TensorType::INT8, {2, 2}, four, {0.5F});
  const int bias = maker.constant("bias", test::TensorType::INT32, {2}, zeros, {0.25F});
  const int middle = maker.tensor("middle", test::TensorType::INT8, {1, 2}, 0.5F);
  const int second = maker.constant("second", test::TensorType::INT8, {2, 2}, four, {0.5F});
  const int other_bias = maker.constant("other bias", test::TensorType::INT32, {2}, zeros, {0.25F});
  const int out = maker.tensor("out", test::TensorType::INT8, {1, 2}, 0.5F);
  const auto dense = test::BuiltinOperator::FULLY_CONNECTED;
  maker.add(dense, 4, {in, first, bias}, {middle}, tflite::FullyConnectedOptionsT());
  maker.add(dense, 4, {middle, second, other_bias}, {out}, tflite::FullyConnectedOptionsT());
  maker.inputs({in}).outputs({out});
  share(maker);
  return maker.file();
}
constexpr std::size_t kFirst = 1, kBias = 2, kSecond = 4, kOtherBias = 5;

}  // namespace

TEST_CASE("tensors in one buffer, or of two operators, are not alone") {
  const auto shared_of = [](const std::vector<std::uint8_t>& file) {
    const host::model::Model model = host::model::parse_or_throw(test::bytes_of(file), "model");
    const SharedTensors tensors(model.main());
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < model.main().tensors.size(); ++i)
      if (tensors.has(i)) found.push_back(i);
    return found;
  };
  using Found = std::vector<std::size_t>;
  CHECK(shared_of(two_layers([](test::ModelMaker&) {})).empty());
  CHECK(shared_of(two_layers([](test::ModelMaker& maker) {
          maker.tensor_at(kSecond).buffer = maker.tensor_at(kFirst).buffer;
        })) == Found{kFirst, kSecond});
  CHECK(shared_of(two_layers([](test::ModelMaker& maker) {
          maker.graph().operators[1]->inputs[1] = kFirst;
        })) == Found{kFirst});
}

TEST_CASE("each of several places that overlap is found, however long the others are, and no neighbour") {
  host::model::Subgraph graph;
  for (const host::model::ByteRange range : {host::model::ByteRange{200, 10},
                                             {100, 50},
                                             {140, 4},
                                             {120, 8},
                                             {150, 50},
                                             {0, 0},
                                             {210, 4},
                                             {100, 0}}) {
    graph.tensors.emplace_back();
    graph.tensors.back().data = range;
  }
  const SharedTensors tensors(graph);
  for (std::size_t i = 0; i < graph.tensors.size(); ++i) {
    CAPTURE(i);
    CHECK(tensors.has(i) == (i == 1 || i == 2 || i == 3));
  }
}

TEST_CASE("what is wanted of one place must be the same, or the tensors are named") {
  const std::vector<std::uint8_t> file = two_layers(
      [](test::ModelMaker& maker) { maker.tensor_at(kOtherBias).buffer = maker.tensor_at(kBias).buffer; });
  const host::model::Model model = host::model::parse_or_throw(test::bytes_of(file), "model");
  const host::Bytes zeros(8), ones(8, 1);
  SharedTensors tensors(model.main());
  tensors.note(kBias, host::view(zeros));
  tensors.note(kBias, host::view(zeros));
  tensors.note(kFirst, host::view(ones));  // alone: nobody else minds
  tensors.note(kOtherBias, host::view(zeros));
  CHECK_NOTHROW(tensors.check(test::bytes_of(file)));
  CHECK_THROWS_WITH_AS(tensors.note(kBias, host::view(ones)), doctest::Contains("tensors 2 ('bias') and 2"),
                       host::Error);

  SharedTensors differing(model.main());
  differing.note(kBias, host::view(zeros));
  differing.note(kOtherBias, host::view(ones));
  CHECK_THROWS_WITH_AS(
      differing.check(test::bytes_of(file)),
      "tensors 5 ('other bias') and 2 ('bias') are the same bytes in the base, and would have to "
      "differ in a slim model of it; send the target as it is with tmd diff",
      host::Error);
}
