// SPDX-License-Identifier: Apache-2.0
#include "model/reader.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "support/corpus.hpp"
#include "support/made_model.hpp"
#include "support/parsed_model.hpp"

using namespace tmd;
using test::ModelMaker;
using test::parsed;
using File = std::vector<std::uint8_t>;

namespace {

std::string refusal(const ModelMaker& maker) {
  const host::model::ParseResult result = host::model::parse(test::bytes_of(maker.file()));
  CHECK_FALSE(result);
  return result.error;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("tensors are found where they lie in the file") {
  const File file = test::small_classifier().file();
  const host::model::ParseResult result = host::model::parse(test::bytes_of(file));
  REQUIRE(result);
  const host::model::Tensor& weights = result.model->main().tensors[1];
  CHECK(weights.name == "weights");
  CHECK(weights.type == test::TensorType::INT8);
  CHECK(weights.shape == test::Shape{3, 4});
  REQUIRE(weights.data.size == 12);
  CHECK(weights.data.offset % 16 == 0);
  CHECK(file[weights.data.offset] == 1);
  CHECK(file[weights.data.offset + 11] == 12);

  REQUIRE(weights.quantization.scale_bytes.size == 12);
  float second = 0;
  std::memcpy(&second, &file[weights.quantization.scale_bytes.offset + 4], sizeof second);
  CHECK(second == 0.2F);
  CHECK(weights.quantization.scales == std::vector<float>{0.1F, 0.2F, 0.3F});
  CHECK(weights.quantization.zero_point_bytes.size == 3 * 8);
  CHECK(result.model->main().tensors[0].data.empty());
}

TEST_CASE("operators keep their order, indices and options") {
  const host::model::Model model = parsed(test::small_classifier());
  REQUIRE(model.main().operators.size() == 2);
  const host::model::Operator& first = model.main().operators[0];
  CHECK(host::model::operator_name(model.code_of(first)) == "FULLY_CONNECTED");
  CHECK(model.code_of(first).version == 4);
  CHECK(first.inputs == test::Shape{0, 1, 2});
  CHECK(first.outputs == test::Shape{3});
  REQUIRE(model.main().operators[1].options.AsSoftmaxOptions() != nullptr);
  CHECK(model.main().operators[1].options.AsSoftmaxOptions()->beta == 1);
  CHECK(model.main().inputs == test::Shape{0});
  CHECK(model.main().outputs == test::Shape{4});
}

TEST_CASE("operator codes above 127 and those of old files are both read") {
  ModelMaker maker;
  const int handle = maker.tensor("state", test::TensorType::RESOURCE, {});
  maker.add(test::BuiltinOperator::VAR_HANDLE, 1, {}, {handle}, tflite::VarHandleOptionsT());
  CHECK(host::model::operator_name(parsed(maker).codes[0]) == "VAR_HANDLE");

  maker.model.operator_codes[0]->deprecated_builtin_code = 25;
  maker.model.operator_codes[0]->builtin_code = test::BuiltinOperator::ADD;  // zero: not written
  CHECK(host::model::operator_name(parsed(maker).codes[0]) == "SOFTMAX");

  maker.model.operator_codes[0]->builtin_code = static_cast<test::BuiltinOperator>(1000);
  CHECK(host::model::operator_name(parsed(maker).codes[0]) == "builtin 1000");
}

TEST_CASE("custom operators have a name") {
  ModelMaker maker;
  const int in = maker.tensor("in", test::TensorType::INT8, {1, 4});
  maker.add_custom("ethos-u", 1, {in, -1}, {in}).custom_options = {1, 2, 3};
  const host::model::Model model = parsed(maker);
  CHECK(host::model::operator_name(model.codes[0]) == "custom 'ethos-u'");
  CHECK(model.main().operators[0].inputs[1] == -1);
  CHECK(model.main().operators[0].custom_options.size == 3);
}

TEST_CASE("variables, several subgraphs, sparsity and metadata are reported") {
  ModelMaker maker = test::small_classifier();
  maker.tensor_at(3).is_variable = true;
  maker.tensor_at(1).sparsity = std::make_unique<tflite::SparsityParametersT>();
  maker.metadata("note", {'h', 'i'});
  maker.subgraph("init");
  maker.tensor("x", test::TensorType::FLOAT32, {2});
  const host::model::Model model = parsed(maker);
  CHECK(model.main().tensors[3].is_variable);
  CHECK(model.main().tensors[1].is_sparse);
  REQUIRE(model.subgraphs.size() == 2);
  CHECK(model.subgraphs[1].tensors[0].name == "x");
  REQUIRE(model.metadata.size() == 1);
  CHECK(model.metadata[0].name == "note");
  CHECK(model.metadata[0].data.size == 2);
}

TEST_CASE("a buffer behind the FlatBuffer is found, one outside the file is refused") {
  ModelMaker maker = test::small_classifier();
  tflite::BufferT& buffer = *maker.model.buffers[1];
  buffer.data.clear();
  buffer.size = 12;
  buffer.offset = 4096;
  File file = maker.file();
  CHECK(contains(host::model::parse(test::bytes_of(file)).error, "12 bytes at offset 4096"));
  file.resize(4096 + 12, 7);
  const host::model::ParseResult result = host::model::parse(test::bytes_of(file));
  REQUIRE(result);
  CHECK(result.model->main().tensors[1].data == host::model::ByteRange{4096, 12});

  buffer.offset = ~std::uint64_t{0} - 5;  // the sum would wrap
  file = maker.file();
  CHECK(contains(host::model::parse(test::bytes_of(file)).error, "outside the file"));
}

TEST_CASE(
    "compression metadata in an unknown form: what is too short is compressed, where nothing is they are "
    "damaged") {
  ModelMaker maker = test::small_classifier();
  maker.metadata("COMPRESSION_METADATA", {1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4});
  CHECK(contains(host::model::parse(test::bytes_of(maker.file())).error, "compression metadata are damaged"));
  maker.model.buffers[1]->data.resize(5);
  const File file = maker.file();
  const host::model::ParseResult result = host::model::parse(test::bytes_of(file));
  INFO(result.error);
  REQUIRE(result);
  CHECK(result.model->main().tensors[1].is_compressed);
  CHECK_FALSE(result.model->main().tensors[2].is_compressed);
}

TEST_CASE("missing fields are a small model or a clear error") {
  ModelMaker maker;
  CHECK(parsed(maker).main().tensors.empty());
  maker.model.subgraphs.clear();
  CHECK(contains(refusal(maker), "no subgraph"));
}

TEST_CASE("indices that lead nowhere are refused with their place") {
  ModelMaker maker = test::small_classifier();
  SUBCASE("an operator's input") {
    maker.graph().operators[0]->inputs[1] = 99;
    CHECK(refusal(maker) == "FULLY_CONNECTED inputs refer to tensor 99 of 5");
  }
  SUBCASE("an operator's code") {
    maker.graph().operators[0]->opcode_index = 2;
    CHECK(refusal(maker) == "an operator refers to operator code 2 of 2");
  }
  SUBCASE("a tensor's buffer") {
    maker.tensor_at(1).buffer = 50;
    CHECK(refusal(maker) == "tensor 'weights': no buffer 50");
  }
  SUBCASE("the model's output") {
    maker.outputs({-1});
    CHECK(refusal(maker) == "subgraph 'main' outputs refer to tensor -1 of 5");
  }
  SUBCASE("data shorter than the shape") {
    maker.tensor_at(1).shape = {300, 4};
    CHECK(refusal(maker) == "tensor 'weights': its shape needs 1200 bytes of data, the file has 12");
  }
  SUBCASE("another schema version") {
    maker.model.version = 2;
    CHECK(contains(refusal(maker), "schema version 2"));
  }
}

TEST_CASE("what is no model at all is said so") {
  CHECK(contains(host::model::parse({}).error, "not a TFLite model"));
  const File text = {'#', 'i', 'n', 'c', 'l', 'u', 'd', 'e', ' ', '<', 'x', '>'};
  CHECK(contains(host::model::parse(test::bytes_of(text)).error, "not a TFLite model"));
}

TEST_CASE("a model that is cut off anywhere or has any byte changed never leads outside the file") {
  const File whole = test::small_classifier().file();
  std::size_t refused = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const File cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    if (!host::model::parse(test::bytes_of(cut))) ++refused;
  }
  CHECK(refused > whole.size() / 2);

  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    File changed = whole;
    for (int i = 0; i < 3; ++i) changed[random() % changed.size()] = static_cast<std::uint8_t>(random());
    const host::model::ParseResult result = host::model::parse(test::bytes_of(changed));
    if (!result) continue;
    for (const host::model::Subgraph& graph : result.model->subgraphs) {
      for (const host::model::Tensor& tensor : graph.tensors) {
        REQUIRE(fits(tensor.data.offset, tensor.data.size, static_cast<std::uint32_t>(changed.size())));
      }
    }
  }
}

TEST_CASE("data that is referred to again and again cannot exhaust the memory") {
  // One shape vector of a thousand entries, shared by a thousand operators: a million copies from a small
  // file.
  flatbuffers::FlatBufferBuilder builder;
  const auto indices = builder.CreateVector(std::vector<std::int32_t>(100000, 0));
  std::vector<flatbuffers::Offset<tflite::Operator>> operators;
  for (int i = 0; i < 1000; ++i) operators.push_back(tflite::CreateOperator(builder, 0, indices, indices));
  const auto tensor = tflite::CreateTensor(builder);
  const auto graph = tflite::CreateSubGraph(builder, builder.CreateVector(&tensor, 1), 0, 0,
                                            builder.CreateVector(operators));
  const auto code = tflite::CreateOperatorCode(builder);
  tflite::FinishModelBuffer(builder, tflite::CreateModel(builder, 3, builder.CreateVector(&code, 1),
                                                         builder.CreateVector(&graph, 1)));
  const host::model::ParseResult result =
      host::model::parse(ConstBytes(builder.GetBufferPointer(), builder.GetSize()));
  CHECK_FALSE(result);
  CHECK(contains(result.error, "referred to so often"));
}

namespace {

/// Every range lies in the file, whatever else was read.
bool all_fit(const host::model::Model& model, std::size_t size) {
  const auto inside = [&](const host::model::ByteRange& range) {
    return fits(range.offset, range.size, static_cast<std::uint32_t>(size));
  };
  for (const host::model::Subgraph& graph : model.subgraphs) {
    for (const host::model::Tensor& tensor : graph.tensors) {
      const host::model::Quantization& quantization = tensor.quantization;
      if (!inside(tensor.data) || !inside(quantization.scale_bytes) ||
          !inside(quantization.zero_point_bytes) || !inside(quantization.minimum_bytes) ||
          !inside(quantization.maximum_bytes))
        return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("of a sound file, the tensors that can be read are its tensors") {
  const File file = test::small_classifier().file();
  const host::model::Model whole = *host::model::parse(test::bytes_of(file)).model;
  const host::model::Model readable = host::model::readable_tensors(test::bytes_of(file));
  REQUIRE(readable.subgraphs.size() == 1);
  REQUIRE(readable.main().tensors.size() == whole.main().tensors.size());
  CHECK(readable.buffers == whole.buffers);
  for (std::size_t i = 0; i < whole.main().tensors.size(); ++i) {
    const host::model::Tensor& a = whole.main().tensors[i];
    const host::model::Tensor& b = readable.main().tensors[i];
    CHECK(a.name == b.name);
    CHECK(a.type == b.type);
    CHECK(a.shape == b.shape);
    CHECK(a.data == b.data);
    CHECK(a.quantization.scales == b.quantization.scales);
  }
}

TEST_CASE("of a damaged file as much is read as is not damaged") {
  ModelMaker maker = test::small_classifier();
  const File file = maker.file();
  // One tensor's name leads out of the file: all others, and its own weights, are there.
  const host::model::Model whole = *host::model::parse(test::bytes_of(file)).model;
  const std::string name = "weights";
  const auto at = std::search(file.begin(), file.end(), name.begin(), name.end()) - file.begin() - 4;
  File damaged = file;
  damaged[static_cast<std::size_t>(at) + 3] = 0x7F;
  CHECK_FALSE(host::model::parse(test::bytes_of(damaged)));
  const host::model::Model left = host::model::readable_tensors(test::bytes_of(damaged));
  REQUIRE(left.subgraphs.size() == 1);
  REQUIRE(left.main().tensors.size() == whole.main().tensors.size());
  std::size_t without_name = 0;
  for (std::size_t i = 0; i < whole.main().tensors.size(); ++i) {
    without_name += left.main().tensors[i].name.empty() ? 1 : 0;
    CHECK(left.main().tensors[i].data == whole.main().tensors[i].data);
  }
  CHECK(without_name == 1);
}

TEST_CASE("reading what can be read never leads outside the file") {
  const File whole = test::small_classifier().file();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const File cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    REQUIRE(all_fit(host::model::readable_tensors(test::bytes_of(cut)), size));
  }
  std::mt19937 random(2);
  std::size_t with_tensors = 0;
  for (int round = 0; round < 20000; ++round) {
    File changed = whole;
    for (int i = 0; i < 3; ++i) changed[random() % changed.size()] = static_cast<std::uint8_t>(random());
    const host::model::Model model = host::model::readable_tensors(test::bytes_of(changed));
    REQUIRE(all_fit(model, changed.size()));
    with_tensors += !model.subgraphs.empty() && !model.main().tensors.empty() ? 1 : 0;
  }
  CHECK(with_tensors > 15000);
}

TEST_CASE("every model of the corpus is read, with its tensors") {
  const std::filesystem::path corpus = test::corpus_folder();
  if (corpus.empty()) {
    MESSAGE("skipped: the corpus is not beside this checkout");
    return;
  }
  std::size_t models = 0;
  for (const auto& entry : std::filesystem::directory_iterator(corpus / "models")) {
    const File file = test::read_file(entry.path());
    const host::model::ParseResult result = host::model::parse(test::bytes_of(file));
    INFO(entry.path().filename().string());
    INFO(result.error);
    REQUIRE(result);
    std::size_t in_tensors = 0;
    for (const host::model::Tensor& tensor : result.model->main().tensors) {
      in_tensors +=
          tensor.data.size + tensor.quantization.scale_bytes.size + tensor.quantization.zero_point_bytes.size;
    }
    CHECK(in_tensors * 10 > file.size());
    ++models;
  }
  CHECK(models >= 100);
}
