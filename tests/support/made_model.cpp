// SPDX-License-Identifier: Apache-2.0
#include "support/made_model.hpp"

#include <algorithm>

namespace tmd::test {

ModelMaker::ModelMaker() {
  model.version = 3;
  model.description = "made in a test";
  model.buffers.push_back(std::make_unique<tflite::BufferT>());
  subgraph("main");
}
ModelMaker::ModelMaker(const ModelMaker& other) = default;
ModelMaker::~ModelMaker() = default;

ModelMaker& ModelMaker::subgraph(const std::string& name) {
  model.subgraphs.push_back(std::make_unique<tflite::SubGraphT>());
  graph().name = name;
  return *this;
}

int ModelMaker::tensor(const std::string& name, TensorType type, const Shape& shape, float scale,
                       std::int64_t zero) {
  auto made = std::make_unique<tflite::TensorT>();
  made->name = name;
  made->type = type;
  made->shape = shape;
  if (scale != 0) {
    made->quantization = std::make_unique<tflite::QuantizationParametersT>();
    made->quantization->scale = {scale};
    made->quantization->zero_point = {zero};
  }
  graph().tensors.push_back(std::move(made));
  return static_cast<int>(graph().tensors.size()) - 1;
}

int ModelMaker::constant(const std::string& name, TensorType type, const Shape& shape,
                         const std::vector<std::uint8_t>& data, const std::vector<float>& scales) {
  const int index = tensor(name, type, shape);
  tflite::TensorT& made = *graph().tensors.back();
  made.buffer = static_cast<std::uint32_t>(model.buffers.size());
  model.buffers.push_back(std::make_unique<tflite::BufferT>());
  model.buffers.back()->data = data;
  if (!scales.empty()) {
    made.quantization = std::make_unique<tflite::QuantizationParametersT>();
    made.quantization->scale = scales;
    made.quantization->zero_point.assign(scales.size(), 0);
  }
  return index;
}

ModelMaker& ModelMaker::metadata(const std::string& name, const std::vector<std::uint8_t>& data) {
  model.metadata.push_back(std::make_unique<tflite::MetadataT>());
  model.metadata.back()->name = name;
  model.metadata.back()->buffer = static_cast<std::uint32_t>(model.buffers.size());
  model.buffers.push_back(std::make_unique<tflite::BufferT>());
  model.buffers.back()->data = data;
  return *this;
}

std::vector<std::uint8_t> ModelMaker::file() const {
  flatbuffers::FlatBufferBuilder builder;
  tflite::FinishModelBuffer(builder, tflite::CreateModel(builder, &model));
  return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
}

std::uint32_t ModelMaker::code(BuiltinOperator builtin, std::int32_t version, const std::string& custom) {
  for (std::size_t i = 0; i < model.operator_codes.size(); ++i) {
    const tflite::OperatorCodeT& known = *model.operator_codes[i];
    if (known.builtin_code == builtin && known.version == version && known.custom_code == custom)
      return static_cast<std::uint32_t>(i);
  }
  auto made = std::make_unique<tflite::OperatorCodeT>();
  constexpr int kLargestInByte = 127;
  made->deprecated_builtin_code =
      static_cast<std::int8_t>(std::min(static_cast<int>(builtin), kLargestInByte));
  made->builtin_code = builtin;
  made->version = version;
  made->custom_code = custom;
  model.operator_codes.push_back(std::move(made));
  return static_cast<std::uint32_t>(model.operator_codes.size() - 1);
}

tflite::OperatorT& ModelMaker::add_operator(std::uint32_t code, const Shape& inputs, const Shape& outputs) {
  auto made = std::make_unique<tflite::OperatorT>();
  made->opcode_index = code;
  made->inputs = inputs;
  made->outputs = outputs;
  graph().operators.push_back(std::move(made));
  return *graph().operators.back();
}

ModelMaker small_classifier() {
  ModelMaker maker;
  const int in = maker.tensor("features", TensorType::INT8, {1, 4}, 0.5F, -3);
  const int weights = maker.constant("weights", TensorType::INT8, {3, 4},
                                     {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {0.1F, 0.2F, 0.3F});
  const int bias = maker.constant("bias", TensorType::INT32, {3}, {1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0},
                                  {0.05F, 0.1F, 0.15F});
  const int scores = maker.tensor("scores", TensorType::INT8, {1, 3}, 0.25F, 10);
  const int out = maker.tensor("probabilities", TensorType::INT8, {1, 3}, 1 / 256.0F, -128);
  maker.add(BuiltinOperator::FULLY_CONNECTED, 4, {in, weights, bias}, {scores},
            tflite::FullyConnectedOptionsT());
  tflite::SoftmaxOptionsT softmax;
  softmax.beta = 1;
  maker.add(BuiltinOperator::SOFTMAX, 2, {scores}, {out}, softmax);
  maker.inputs({in}).outputs({out});
  return maker;
}

}  // namespace tmd::test
