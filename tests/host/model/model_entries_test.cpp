// SPDX-License-Identifier: Apache-2.0
#include "model/model_entries.hpp"

#include <doctest/doctest.h>

#include "model/reader.hpp"
#include "support/made_model.hpp"
#include "support/parsed_model.hpp"

using namespace tmd;
using test::BuiltinOperator;
using test::ModelMaker;
using test::parsed;
using test::TensorType;

TEST_CASE("the operator set has each operator once, sorted, with its newest version, custom ones by name") {
  ModelMaker maker;
  maker.tensor("t", TensorType::INT8, {1});
  maker.add_custom("fft", 2, {0}, {0});
  maker.add(BuiltinOperator::VAR_HANDLE, 1, {}, {0});
  maker.add(BuiltinOperator::CONV_2D, 3, {0}, {0});
  maker.add(BuiltinOperator::CONV_2D, 5, {0}, {0});
  maker.subgraph("other").tensor("u", TensorType::INT8, {1});
  maker.add(BuiltinOperator::ADD, 2, {0}, {0});
  const host::Bytes entry = host::model::encode_operators(host::model::operators_used(parsed(maker)));
  // All of them compute on int8 data, which goes without saying.
  CHECK(entry == host::Bytes{0, 2, 3, 5, 32, 2, 3, 'f', 'f', 't', 142, 1, 1});
  CHECK(host::model::describe_operators(ConstBytes(entry.data(), entry.size())) ==
        "ADD v2, CONV_2D v5, custom 'fft' v2, VAR_HANDLE v1");
}

TEST_CASE("an operator code that no operator refers to needs no kernel") {
  ModelMaker maker = test::small_classifier();
  maker.graph().operators.pop_back();
  CHECK(host::model::encode_operators(host::model::operators_used(parsed(maker))) ==
        host::Bytes{9, 0x40 | 4, 0x41});
}

TEST_CASE("features stand behind the first operator that needs others, and hold until they change again") {
  ModelMaker maker;
  maker.tensor("whole", TensorType::INT8, {4});
  maker.tensor("real", TensorType::FLOAT32, {4});
  maker.add(BuiltinOperator::ADD, 1, {1, 1}, {1});
  maker.add(BuiltinOperator::MUL, 1, {1, 1}, {1});
  maker.add(BuiltinOperator::SUB, 1, {0, 0}, {0});
  const host::Bytes entry = host::model::encode_operators(host::model::operators_used(parsed(maker)));
  CHECK(entry == host::Bytes{0, 0x41, 2, 18, 1, 41, 0x41, 1});
  CHECK(host::model::describe_operators(ConstBytes(entry.data(), entry.size())) ==
        "ADD v1 (float32 data), MUL v1 (float32 data), SUB v1");
}

TEST_CASE("resource variables and the accelerator are said where there are any") {
  ModelMaker maker;
  const int handle = maker.tensor("handle", TensorType::RESOURCE, {});
  const int value = maker.tensor("value", TensorType::INT8, {300}, 1);
  tflite::VarHandleOptionsT options;
  options.shared_name = "state";
  maker.add(BuiltinOperator::VAR_HANDLE, 1, {}, {handle}, options);
  maker.add(BuiltinOperator::ASSIGN_VARIABLE, 1, {handle, value}, {});
  const int stream = maker.constant("stream", TensorType::UINT8, {16},
                                    {'C', 'O', 'P', '1', 5, 0, 0, 0, 1, 0, 0, 0, 8, 0x20, 0, 0});
  maker.model.buffers.back()->data.insert(maker.model.buffers.back()->data.end(), {0, 0, 0x10, 0x10});
  maker.tensor_at(stream).shape = {20};
  maker.add_custom("ethos-u", 1, {stream}, {value});
  maker.inputs({value}).outputs({value});
  const auto entries = host::model::manifest_entries(parsed(maker));
  REQUIRE(entries.size() == 7);
  CHECK(entries[5].number == EntryNumber::variables);
  CHECK(host::model::describe_variables(host::view(entries[5].value)) == "1 of 300 bytes");
  CHECK(entries[6].number == EntryNumber::accelerator);
  CHECK(host::model::describe_accelerator(host::view(entries[6].value)) == "Ethos-U55-256, architecture 1.1");
}

TEST_CASE("the I/O schema has type, shape and quantisation of each input and output") {
  const host::Bytes entry = host::model::encode_io_schema(parsed(test::small_classifier()));
  CHECK(entry == host::Bytes{1, 1,                                // one input, one output
                             9, 2, 1, 4, 1, 0, 0, 0,    0x3F, 5,  // int8 [1,4], scale 0.5, zero point -3
                             9, 2, 1, 3, 1, 0, 0, 0x80, 0x3B, 0xFF,
                             1});  // int8 [1,3], scale 1/256, zero point -128
  CHECK(host::model::describe_io_schema(ConstBytes(entry.data(), entry.size())) ==
        "int8[1,4] scale 0.5 zero -3 -> int8[1,3] scale 0.00390625 zero -128");
}

TEST_CASE("tensors without quantisation and large dimensions are written short") {
  ModelMaker maker;
  maker.tensor("t", TensorType::FLOAT32, {1, 300});
  maker.inputs({0}).outputs({0});
  CHECK(host::model::encode_io_schema(parsed(maker)) ==
        host::Bytes{1, 1, 0, 2, 1, 0xAC, 2, 0, 0, 2, 1, 0xAC, 2, 0});
}

TEST_CASE("a damaged entry is described by its bytes") {
  const host::Bytes entry = {1, 1, 9, 2, 1};
  CHECK(host::model::describe_io_schema(ConstBytes(entry.data(), entry.size())) == "0101090201");
  CHECK(host::model::describe_operators(ConstBytes(entry.data(), entry.size())) == "0101090201");
}

TEST_CASE("the manifest of a target says what it needs") {
  const host::model::Model target = parsed(test::small_classifier());
  const std::vector<host::format::EntryToWrite> entries = host::model::manifest_entries(target);
  REQUIRE(entries.size() == 5);
  CHECK(entries[0].number == EntryNumber::arena_bytes);
  CHECK(load_le32(entries[0].value.data()) == host::model::arena_bytes(target));
  CHECK(entries[1].value == host::Bytes{3, 0});
  CHECK(entries[2].value == host::Bytes{9, 0x40 | 4, 0x41, 25, 0x40 | 2, 1});
  CHECK(entries[3].number == EntryNumber::io_schema);
  CHECK(entries[4].value == host::Bytes{4});
}
