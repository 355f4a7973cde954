// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/schema_generated.h"
#include "tmd/bytes.hpp"

namespace tmd::test {

using tflite::BuiltinOperator;
using tflite::TensorType;
using Shape = std::vector<std::int32_t>;

/// Puts a real TFLite FlatBuffer together, one tensor and operator after the other.
///
///     ModelMaker maker;
///     const int in = maker.tensor("in", TensorType::INT8, {1, 4}, 0.5F, -3);
///     const int out = maker.tensor("out", TensorType::INT8, {1, 4}, 0.5F, -3);
///     maker.add(BuiltinOperator::RELU, 2, {in}, {out});
///     maker.inputs({in}).outputs({out});
///     const std::vector<std::uint8_t> file = maker.file();
///
/// What the functions do not offer is changed in `model` itself before `file` is called.
class ModelMaker {
 public:
  ModelMaker() {
    model.version = 3;
    model.description = "made in a test";
    model.buffers.push_back(std::make_unique<tflite::BufferT>());
    subgraph("main");
  }

  /// Begins another subgraph: what follows goes there.
  ModelMaker& subgraph(const std::string& name) {
    model.subgraphs.push_back(std::make_unique<tflite::SubGraphT>());
    graph().name = name;
    return *this;
  }

  /// A tensor that is computed at run time; a scale of 0: not quantised.
  int tensor(const std::string& name, TensorType type, const Shape& shape, float scale = 0,
             std::int64_t zero = 0) {
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

  /// A tensor with data, quantised along dimension 0 where there are several scales.
  int constant(const std::string& name, TensorType type, const Shape& shape,
               const std::vector<std::uint8_t>& data, const std::vector<float>& scales = {}) {
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

  /// An operator; `options` is a native options table, such as tflite::SoftmaxOptionsT.
  template <class Options = std::nullptr_t>
  tflite::OperatorT& add(BuiltinOperator builtin, std::int32_t version, const Shape& inputs,
                         const Shape& outputs, Options options = {}) {
    tflite::OperatorT& made = add_operator(code(builtin, version, ""), inputs, outputs);
    if constexpr (!std::is_same_v<Options, std::nullptr_t>) made.builtin_options.Set(std::move(options));
    return made;
  }

  tflite::OperatorT& add_custom(const std::string& name, std::int32_t version, const Shape& inputs,
                                const Shape& outputs) {
    return add_operator(code(BuiltinOperator::CUSTOM, version, name), inputs, outputs);
  }

  ModelMaker& inputs(const Shape& tensors) {
    graph().inputs = tensors;
    return *this;
  }
  ModelMaker& outputs(const Shape& tensors) {
    graph().outputs = tensors;
    return *this;
  }
  ModelMaker& metadata(const std::string& name, const std::vector<std::uint8_t>& data) {
    model.metadata.push_back(std::make_unique<tflite::MetadataT>());
    model.metadata.back()->name = name;
    model.metadata.back()->buffer = static_cast<std::uint32_t>(model.buffers.size());
    model.buffers.push_back(std::make_unique<tflite::BufferT>());
    model.buffers.back()->data = data;
    return *this;
  }

  std::vector<std::uint8_t> file() const {
    flatbuffers::FlatBufferBuilder builder;
    tflite::FinishModelBuffer(builder, tflite::CreateModel(builder, &model));
    return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
  }

  tflite::SubGraphT& graph() { return *model.subgraphs.back(); }
  tflite::TensorT& tensor_at(int index) { return *graph().tensors[static_cast<std::size_t>(index)]; }

  tflite::ModelT model;

 private:
  std::uint32_t code(BuiltinOperator builtin, std::int32_t version, const std::string& custom) {
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

  tflite::OperatorT& add_operator(std::uint32_t code, const Shape& inputs, const Shape& outputs) {
    auto made = std::make_unique<tflite::OperatorT>();
    made->opcode_index = code;
    made->inputs = inputs;
    made->outputs = outputs;
    graph().operators.push_back(std::move(made));
    return *graph().operators.back();
  }
};

inline ConstBytes bytes_of(const std::vector<std::uint8_t>& file) {
  return ConstBytes(file.data(), file.size());
}

/// A small int8 classifier as converters write them: a fully connected layer of four inputs and three
/// classes, per-channel weights, then softmax.
inline ModelMaker small_classifier() {
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
