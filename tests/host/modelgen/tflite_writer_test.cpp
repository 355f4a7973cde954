// SPDX-License-Identifier: Apache-2.0
// The files that modelgen writes, read again through the verifier and the schema's generated code.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "model/schema_generated.h"
#include "modelgen/experiment.hpp"
#include "support/trained_models.hpp"

namespace modelgen {
namespace {

namespace tflite = tmd::tflite;

/// Reads a model without trusting how it was written.
class File {
 public:
  explicit File(const TrainedModel& model) : bytes_(model.file), model_(tflite::GetModel(bytes_.data())) {}

  const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  const tflite::Model& model() const { return *model_; }
  const tflite::SubGraph& graph() const { return *model_->subgraphs()->Get(0); }
  const tflite::Tensor& tensor(int index) const {
    return *graph().tensors()->Get(static_cast<flatbuffers::uoffset_t>(index));
  }
  const flatbuffers::Vector<std::uint8_t>* data(const tflite::Tensor& tensor) const {
    return model_->buffers()->Get(tensor.buffer())->data();
  }
  std::vector<std::int32_t> integers(const tflite::Tensor& tensor) const {
    std::vector<std::int32_t> values(data(tensor)->size() / 4);
    std::memcpy(values.data(), data(tensor)->data(), values.size() * 4);
    return values;
  }
  const tflite::OperatorCode& code(const tflite::Operator& op) const {
    return *model_->operator_codes()->Get(op.opcode_index());
  }

 private:
  const std::vector<std::uint8_t>& bytes_;
  const tflite::Model* model_;
};

std::vector<std::int32_t> shape_of(const tflite::Tensor& tensor) {
  return {tensor.shape()->begin(), tensor.shape()->end()};
}

int operators_with_weights(const File& file) {
  int count = 0;
  for (const tflite::Operator* op : *file.graph().operators()) count += op->inputs()->size() == 3 ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("every file passes the FlatBuffers verifier and is about 66 KB") {
  for (const TrainedModel* model : models().all()) {
    CAPTURE(model->name);
    flatbuffers::Verifier verifier(model->file.data(), model->file.size());
    CHECK(tflite::VerifyModelBuffer(verifier));
    CHECK(tflite::ModelBufferHasIdentifier(model->file.data()));
    CHECK(model->file.size() >= 64990);
    CHECK(model->file.size() <= 69010);
  }
}

TEST_CASE("the model says what the converter's would: version, description, signature, oldest runtime") {
  const File file(models().base);
  CHECK(file.model().version() == 3);
  CHECK(file.model().description()->str() == "MLIR Converted.");
  REQUIRE(file.model().subgraphs()->size() == 1);
  CHECK(file.graph().name()->str() == "main");
  REQUIRE(file.model().metadata()->size() == 1);
  const tflite::Metadata& metadata = *file.model().metadata()->Get(0);
  CHECK(metadata.name()->str() == "min_runtime_version");
  const auto* runtime = file.model().buffers()->Get(metadata.buffer())->data();
  REQUIRE(runtime->size() == 16);
  CHECK(std::string(reinterpret_cast<const char*>(runtime->data())) == "1.14.0");
  REQUIRE(file.model().signature_defs()->size() == 1);
  const tflite::SignatureDef& signature = *file.model().signature_defs()->Get(0);
  CHECK(signature.signature_key()->str() == "serving_default");
  CHECK(static_cast<int>(signature.inputs()->Get(0)->tensor_index()) == file.graph().inputs()->Get(0));
  CHECK(static_cast<int>(signature.outputs()->Get(0)->tensor_index()) == file.graph().outputs()->Get(0));
}

TEST_CASE("int8 in, int8 out: windows of 64 x 3, and a probability in 1/256 for each gesture") {
  const File file(models().base);
  REQUIRE(file.graph().inputs()->size() == 1);
  REQUIRE(file.graph().outputs()->size() == 1);
  const tflite::Tensor& input = file.tensor(file.graph().inputs()->Get(0));
  CHECK(input.name()->str() == "serving_default_motion:0");
  CHECK(input.type() == tflite::TensorType::INT8);
  CHECK(shape_of(input) == std::vector<std::int32_t>{1, 64, 3});
  CHECK(input.shape_signature()->Get(0) == -1);
  const tflite::Tensor& output = file.tensor(file.graph().outputs()->Get(0));
  CHECK(output.type() == tflite::TensorType::INT8);
  CHECK(shape_of(output) == std::vector<std::int32_t>{1, static_cast<std::int32_t>(kGestures.size())});
  CHECK(output.quantization()->scale()->Get(0) == 1.0F / 256.0F);
  CHECK(output.quantization()->zero_point()->Get(0) == -128);
}

TEST_CASE("operators and their versions are those that int8 asks for") {
  struct Expected {
    tflite::BuiltinOperator code;
    int version;
  };
  const std::vector<Expected> chain = {{tflite::BuiltinOperator::RESHAPE, 1},
                                       {tflite::BuiltinOperator::CONV_2D, 3},
                                       {tflite::BuiltinOperator::MAX_POOL_2D, 2},
                                       {tflite::BuiltinOperator::DEPTHWISE_CONV_2D, 3},
                                       {tflite::BuiltinOperator::CONV_2D, 3},
                                       {tflite::BuiltinOperator::MAX_POOL_2D, 2},
                                       {tflite::BuiltinOperator::DEPTHWISE_CONV_2D, 3},
                                       {tflite::BuiltinOperator::CONV_2D, 3},
                                       {tflite::BuiltinOperator::AVERAGE_POOL_2D, 2},
                                       {tflite::BuiltinOperator::RESHAPE, 1},
                                       {tflite::BuiltinOperator::FULLY_CONNECTED, 4},
                                       {tflite::BuiltinOperator::FULLY_CONNECTED, 4},
                                       {tflite::BuiltinOperator::SOFTMAX, 2}};
  const File file(models().base);
  REQUIRE(file.graph().operators()->size() == chain.size());
  for (flatbuffers::uoffset_t i = 0; i < chain.size(); ++i) {
    const tflite::OperatorCode& code = file.code(*file.graph().operators()->Get(i));
    CAPTURE(i);
    CHECK(code.builtin_code() == chain[i].code);
    CHECK(code.deprecated_builtin_code() == static_cast<std::int8_t>(chain[i].code));
    CHECK(code.version() == chain[i].version);
  }
  CHECK(file.model().operator_codes()->size() == 7);  // one for each kind
}

TEST_CASE("each operator reads what the one before it wrote") {
  const File file(models().base);
  int signal = file.graph().inputs()->Get(0);
  for (const tflite::Operator* op : *file.graph().operators()) {
    CHECK(op->inputs()->Get(0) == signal);
    REQUIRE(op->outputs()->size() == 1);
    signal = op->outputs()->Get(0);
  }
  CHECK(signal == file.graph().outputs()->Get(0));
}

TEST_CASE("tensors have names of their own, a buffer of their own, and as many bytes as their shape says") {
  const File file(models().base);
  std::vector<std::string> names;
  std::vector<std::uint32_t> buffers = {0};  // by convention empty, and nobody's
  CHECK(file.model().buffers()->Get(0)->data() == nullptr);
  for (const tflite::Tensor* tensor : *file.graph().tensors()) {
    names.push_back(tensor->name()->str());
    buffers.push_back(tensor->buffer());
    CAPTURE(names.back());
    if (file.data(*tensor) == nullptr) continue;
    std::size_t count = tensor->type() == tflite::TensorType::INT32 ? 4 : 1;
    for (const std::int32_t size : *tensor->shape()) count *= static_cast<std::size_t>(size);
    CHECK(file.data(*tensor)->size() == count);
  }
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
  std::sort(buffers.begin(), buffers.end());
  CHECK(std::adjacent_find(buffers.begin(), buffers.end()) == buffers.end());
  CHECK(buffers.back() < file.model().buffers()->size());
}

TEST_CASE("the data of every buffer lies on a 16-byte boundary of the file") {
  for (const TrainedModel* model : models().all()) {
    const File file(*model);
    int constants = 0;
    for (const tflite::Buffer* buffer : *file.model().buffers()) {
      if (buffer->data() == nullptr) continue;
      CHECK((buffer->data()->data() - file.bytes().data()) % 16 == 0);
      ++constants;
    }
    CHECK(constants == 17);  // 7 layers with weights and biases, 2 shapes, the metadata
  }
}

TEST_CASE("weights are symmetric: per output channel in convolutions, per tensor in dense layers") {
  const File file(models().fine_tuned);
  CHECK(operators_with_weights(file) == 7);
  for (const tflite::Operator* op : *file.graph().operators()) {
    if (op->inputs()->size() != 3) continue;
    const tflite::Tensor& weights = file.tensor(op->inputs()->Get(1));
    const tflite::QuantizationParameters& quantisation = *weights.quantization();
    CAPTURE(weights.name()->str());
    CHECK(weights.type() == tflite::TensorType::INT8);
    const tflite::BuiltinOperator code = file.code(*op).builtin_code();
    const int dimension = code == tflite::BuiltinOperator::DEPTHWISE_CONV_2D ? 3 : 0;
    CHECK(quantisation.quantized_dimension() == dimension);
    const std::int32_t channels = weights.shape()->Get(static_cast<flatbuffers::uoffset_t>(dimension));
    const bool whole = code == tflite::BuiltinOperator::FULLY_CONNECTED;
    const std::size_t scales = whole ? 1 : static_cast<std::size_t>(channels);
    REQUIRE(quantisation.scale()->size() == scales);
    REQUIRE(quantisation.zero_point()->size() == scales);
    for (const std::int64_t zero : *quantisation.zero_point()) CHECK(zero == 0);

    // Each channel uses its range to the full, and never -128.
    const std::size_t run = whole            ? file.data(weights)->size()
                            : dimension == 3 ? 1
                                             : file.data(weights)->size() / scales;
    std::vector<int> most(scales, 0);
    for (flatbuffers::uoffset_t i = 0; i < file.data(weights)->size(); ++i) {
      int& channel = most[i / run % scales];
      channel =
          std::max(channel, std::abs(static_cast<int>(static_cast<std::int8_t>(file.data(weights)->Get(i)))));
    }
    for (const int magnitude : most) CHECK(magnitude == 127);
  }
}

TEST_CASE("a bias is int32 with the scale of input times weight, to the bit") {
  const File file(models().base);
  for (const tflite::Operator* op : *file.graph().operators()) {
    if (op->inputs()->size() != 3) continue;
    const float input = file.tensor(op->inputs()->Get(0)).quantization()->scale()->Get(0);
    const auto& weights = *file.tensor(op->inputs()->Get(1)).quantization()->scale();
    const tflite::Tensor& biases = file.tensor(op->inputs()->Get(2));
    const auto& scales = *biases.quantization()->scale();
    CAPTURE(biases.name()->str());
    CHECK(biases.type() == tflite::TensorType::INT32);
    REQUIRE(scales.size() == weights.size());
    for (flatbuffers::uoffset_t c = 0; c < scales.size(); ++c) {
      CHECK(scales.Get(c) == input * weights.Get(c));
      CHECK(biases.quantization()->zero_point()->Get(c) == 0);
    }
  }
}

TEST_CASE("activations span what was calibrated; pools and reshapes keep the scale of their input") {
  const File file(models().base);
  for (const tflite::Operator* op : *file.graph().operators()) {
    const tflite::QuantizationParameters& in = *file.tensor(op->inputs()->Get(0)).quantization();
    const tflite::QuantizationParameters& out = *file.tensor(op->outputs()->Get(0)).quantization();
    REQUIRE(out.scale()->size() == 1);
    CHECK(out.scale()->Get(0) > 0.0F);
    CHECK(out.zero_point()->Get(0) >= -128);
    CHECK(out.zero_point()->Get(0) <= 127);
    const tflite::BuiltinOperator code = file.code(*op).builtin_code();
    if (code == tflite::BuiltinOperator::MAX_POOL_2D || code == tflite::BuiltinOperator::AVERAGE_POOL_2D ||
        code == tflite::BuiltinOperator::RESHAPE) {
      CHECK(out.scale()->Get(0) == in.scale()->Get(0));
      CHECK(out.zero_point()->Get(0) == in.zero_point()->Get(0));
    }
    const auto* options = op->builtin_options_as_Conv2DOptions();
    if (options != nullptr && options->fused_activation_function() == tflite::ActivationFunctionType::RELU) {
      CHECK(out.zero_point()->Get(0) == -128);  // nothing below zero is worth a code
    }
  }
}

TEST_CASE("the weights in the file are the network's, to half a step") {
  const File file(models().base);
  const auto& layers = models().base.network.layers();
  std::size_t layer = 0;
  for (const tflite::Operator* op : *file.graph().operators()) {
    if (op->inputs()->size() != 3) continue;
    while (!layers[layer].trainable()) ++layer;
    const tflite::Tensor& weights = file.tensor(op->inputs()->Get(1));
    const auto& scales = *weights.quantization()->scale();
    const bool depthwise = layers[layer].kind == LayerKind::depthwise;
    REQUIRE(file.data(weights)->size() == layers[layer].weights.size());
    const std::size_t run = layers[layer].weights.size() / scales.size();
    float worst = 0;
    for (flatbuffers::uoffset_t i = 0; i < file.data(weights)->size(); ++i) {
      const float scale =
          scales.Get(static_cast<flatbuffers::uoffset_t>(depthwise ? i % scales.size() : i / run));
      const float stored = static_cast<float>(static_cast<std::int8_t>(file.data(weights)->Get(i)));
      worst = std::max(worst, std::abs(stored - layers[layer].weights[i] / scale));
    }
    CHECK(worst <= 0.5001F);
    ++layer;
  }
}

TEST_CASE("the head model differs from the base in the last layer alone") {
  const File base(models().base), head(models().head);
  const auto last = head.graph().operators()->Get(head.graph().operators()->size() - 2);
  REQUIRE(head.graph().tensors()->size() == base.graph().tensors()->size());
  for (int i = 0; i < static_cast<int>(base.graph().tensors()->size()); ++i) {
    const tflite::Tensor& before = base.tensor(i);
    const tflite::Tensor& after = head.tensor(i);
    CHECK(before.name()->str() == after.name()->str());
    const bool of_last_layer =
        i == last->inputs()->Get(1) || i == last->inputs()->Get(2) || i == last->outputs()->Get(0);
    if (of_last_layer) continue;
    CAPTURE(before.name()->str());
    if (before.quantization()->scale() != nullptr) {
      CHECK(std::equal(before.quantization()->scale()->begin(), before.quantization()->scale()->end(),
                       after.quantization()->scale()->begin(), after.quantization()->scale()->end()));
    }
    if (base.data(before) != nullptr) {
      CHECK(std::equal(base.data(before)->begin(), base.data(before)->end(), head.data(after)->begin(),
                       head.data(after)->end()));
    }
  }
  CHECK(models().head.file.size() == models().base.file.size());
  CHECK(models().head.file != models().base.file);
}

}  // namespace modelgen
