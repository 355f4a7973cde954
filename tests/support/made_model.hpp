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
/// What the functions do not offer is changed in `model` itself before `file` is called. Not inline: the schema's
/// object interface takes long to compile.
class ModelMaker {
 public:
  ModelMaker();
  ModelMaker(const ModelMaker& other);
  ModelMaker& operator=(const ModelMaker&) = delete;
  ~ModelMaker();

  /// Begins another subgraph: what follows goes there.
  ModelMaker& subgraph(const std::string& name);

  /// A tensor that is computed at run time; a scale of 0: not quantised.
  int tensor(const std::string& name, TensorType type, const Shape& shape, float scale = 0,
             std::int64_t zero = 0);

  /// A tensor with data, quantised along dimension 0 where there are several scales.
  int constant(const std::string& name, TensorType type, const Shape& shape,
               const std::vector<std::uint8_t>& data, const std::vector<float>& scales = {});

  /// An operator; `options` is a native options table, such as tflite::SoftmaxOptionsT.
  template <class Options = std::nullptr_t>
  tflite::OperatorT& add(BuiltinOperator builtin, std::int32_t version, const Shape& inputs,
                         const Shape& outputs, Options options = {}) {
    tflite::OperatorT& made = add_operator(code(builtin, version, ""), inputs, outputs);
    if constexpr (!std::is_same_v<Options, std::nullptr_t>) {
      // As `Set` does, which also knows how to destroy every other kind: that is compiled once, not in each test.
      made.builtin_options.type = tflite::BuiltinOptionsUnionTraits<Options>::enum_value;
      made.builtin_options.value = new Options(std::move(options));
    }
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
  ModelMaker& metadata(const std::string& name, const std::vector<std::uint8_t>& data);

  std::vector<std::uint8_t> file() const;

  tflite::SubGraphT& graph() { return *model.subgraphs.back(); }
  tflite::TensorT& tensor_at(int index) { return *graph().tensors[static_cast<std::size_t>(index)]; }

  tflite::ModelT model;

 private:
  std::uint32_t code(BuiltinOperator builtin, std::int32_t version, const std::string& custom);
  tflite::OperatorT& add_operator(std::uint32_t code, const Shape& inputs, const Shape& outputs);
};

inline ConstBytes bytes_of(const std::vector<std::uint8_t>& file) {
  return ConstBytes(file.data(), file.size());
}

/// A small int8 classifier as converters write them: a fully connected layer of four inputs and three
/// classes, per-channel weights, then softmax.
ModelMaker small_classifier();

}  // namespace tmd::test
