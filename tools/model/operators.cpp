// SPDX-License-Identifier: Apache-2.0
#include "model/operators.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace tmd::host::model {
namespace {

namespace bits = operator_features;

constexpr Feature kFeatures[] = {
    {bits::kInt8, "dtype", "int8 data"},
    {bits::kFloat32, "dtype", "float32 data"},
    {bits::kInt16, "dtype", "int16 data"},
    {bits::kInt32, "dtype", "int32 data"},
    {bits::kUint8, "dtype", "uint8 data"},
    {bits::kBool, "dtype", "bool data"},
    {bits::kPerChannel, "per-channel", "per-channel weights"},
    {bits::kInt64Bias, "dtype", "64-bit biases"},
    {bits::kDilation, "dilation", "dilation"},
    {bits::kInt4Weights, "dtype", "int4 weights"},
    {bits::kInt8Weights, "dtype", "int8 weights on other data"},
    {bits::kOtherWeights, "dtype", "weights of another type"},
    {bits::kSparse, "sparsity", "sparse weights"},
    {bits::kCompressed, "compression", "compressed weights"},
    {bits::kOutside, "buffer-offset", "data outside the FlatBuffer"},
    {bits::kComputedWeights, "computed-weights", "computed weights"},
    {bits::kInt64, "dtype", "int64 data"},
    {bits::kOtherType, "dtype", "data of a rare type"},
};

std::uint32_t data_feature(TensorType type) {
  switch (type) {
    case TensorType::INT8:
      return bits::kInt8;
    case TensorType::FLOAT32:
      return bits::kFloat32;
    case TensorType::INT16:
      return bits::kInt16;
    case TensorType::INT32:
      return bits::kInt32;
    case TensorType::UINT8:
      return bits::kUint8;
    case TensorType::BOOL:
      return bits::kBool;
    case TensorType::INT64:
      return bits::kInt64;
    case TensorType::RESOURCE:
      return 0;  // a handle, which no kernel computes on
    default:
      return bits::kOtherType;
  }
}

/// Weights, biases, axes and shapes. Those of the data's own type and 32-bit ones go without saying.
std::uint32_t constant_feature(TensorType type, std::uint32_t data) {
  if (type == TensorType::INT32 || (data_feature(type) & data) != 0) return 0;
  switch (type) {
    case TensorType::INT64:
      return bits::kInt64Bias;
    case TensorType::INT4:
      return bits::kInt4Weights;
    case TensorType::INT8:
      return (data & bits::kInt16) != 0 ? 0 : bits::kInt8Weights;
    default:
      return bits::kOtherWeights;
  }
}

/// Operators whose second input is a matrix of weights, which their kernels prepare beforehand.
bool has_weights(BuiltinOperator builtin) {
  return builtin == BuiltinOperator::CONV_2D || builtin == BuiltinOperator::DEPTHWISE_CONV_2D ||
         builtin == BuiltinOperator::FULLY_CONNECTED || builtin == BuiltinOperator::TRANSPOSE_CONV;
}

bool is_convolution(BuiltinOperator builtin) {
  return has_weights(builtin) && builtin != BuiltinOperator::FULLY_CONNECTED;
}

bool is_dilated(const Operator& op) {
  if (const auto* conv = op.options.AsConv2DOptions())
    return conv->dilation_w_factor > 1 || conv->dilation_h_factor > 1;
  if (const auto* conv = op.options.AsDepthwiseConv2DOptions())
    return conv->dilation_w_factor > 1 || conv->dilation_h_factor > 1;
  return false;
}

}  // namespace

std::uint32_t features_of(const Model& model, const Subgraph& graph, const Operator& op) {
  const BuiltinOperator builtin = model.code_of(op).builtin;
  std::uint32_t features = 0;
  for (const auto* indices : {&op.inputs, &op.outputs}) {
    for (std::size_t i = 0; i < indices->size(); ++i) {
      const Tensor* tensor = graph.tensor_at(*indices, i);
      if (tensor != nullptr && !tensor->is_constant() && !tensor->is_outside)
        features |= data_feature(tensor->type);
    }
  }
  if (is_dilated(op)) features |= bits::kDilation;
  const std::uint32_t data = features;
  for (std::size_t i = 0; i < op.inputs.size(); ++i) {
    const Tensor* tensor = graph.tensor_at(op.inputs, i);
    if (tensor == nullptr) continue;
    if (tensor->is_outside) features |= bits::kOutside;
    if (!tensor->is_constant()) {
      if (i == 1 && has_weights(builtin)) features |= bits::kComputedWeights;
      continue;
    }
    if (tensor->is_sparse) features |= bits::kSparse;
    if (tensor->is_compressed) features |= bits::kCompressed;
    // What a custom operator takes for constants is its own affair.
    if (builtin == BuiltinOperator::CUSTOM) continue;
    features |= constant_feature(tensor->type, data);
    // Kernels look at the weights' scales; what a converter noted on a bias does not matter to them.
    const bool is_bias = i > 1 && has_weights(builtin);
    if (tensor->quantization.scales.size() > 1 && !is_convolution(builtin) && !is_bias)
      features |= bits::kPerChannel;
  }
  return features;
}

std::vector<UsedOperator> operators_used(const Model& model) {
  std::map<std::pair<BuiltinOperator, std::string>, UsedOperator> found;
  for (const Subgraph& graph : model.subgraphs) {
    for (const Operator& op : graph.operators) {
      const OperatorCode& code = model.code_of(op);
      const std::string name = code.builtin == BuiltinOperator::CUSTOM ? code.custom_name : "";
      UsedOperator& used = found[{code.builtin, name}];
      used.code = {code.builtin, std::max({used.code.version, code.version, 1}), name};
      used.features |= features_of(model, graph, op);
    }
  }
  std::vector<UsedOperator> operators;
  for (auto& [key, used] : found) operators.push_back(std::move(used));
  return operators;
}

std::vector<Feature> describe_features(std::uint32_t wanted) {
  std::vector<Feature> features;
  for (const Feature& feature : kFeatures) {
    if ((wanted & feature.bit) != 0) features.push_back(feature);
  }
  return features;
}

}  // namespace tmd::host::model
