// SPDX-License-Identifier: Apache-2.0
#include "modelgen/tflite_writer.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "model/schema_generated.h"

namespace modelgen {
namespace {

namespace tflite = tmd::tflite;
using flatbuffers::Offset;

constexpr std::string_view kOldestRuntime = "1.14.0";
constexpr std::size_t kRuntimeBytes = 16;  // the converter's fixed field, zero padded
constexpr std::size_t kAlignment = 16;

struct OperatorVersion {
  tflite::BuiltinOperator code;
  std::int32_t version;
};

/// The first version of each operator that takes these int8 tensors.
OperatorVersion version_of(OperatorKind kind) {
  switch (kind) {
    case OperatorKind::convolution:
      return {tflite::BuiltinOperator::CONV_2D, 3};
    case OperatorKind::depthwise:
      return {tflite::BuiltinOperator::DEPTHWISE_CONV_2D, 3};
    case OperatorKind::fully_connected:
      return {tflite::BuiltinOperator::FULLY_CONNECTED, 4};
    case OperatorKind::max_pool:
      return {tflite::BuiltinOperator::MAX_POOL_2D, 2};
    case OperatorKind::average_pool:
      return {tflite::BuiltinOperator::AVERAGE_POOL_2D, 2};
    case OperatorKind::reshape:
      return {tflite::BuiltinOperator::RESHAPE, 1};
    case OperatorKind::softmax:
      return {tflite::BuiltinOperator::SOFTMAX, 2};
  }
  return {};
}

struct Options {
  tflite::BuiltinOptions type = tflite::BuiltinOptions::NONE;
  Offset<void> offset = 0;
};

class Writer {
 public:
  Writer(const Graph& graph, const std::string& description) : graph_(graph) {
    const auto operator_codes = write_operator_codes();
    const std::vector<Offset<tflite::SubGraph>> subgraphs = {write_subgraph()};
    const auto subgraph_vector = builder_.CreateVector(subgraphs);
    const auto description_text = builder_.CreateString(description);
    const auto buffers = write_buffers();
    const auto metadata = write_metadata();
    const auto signatures = write_signatures();
    tflite::ModelBuilder model(builder_);
    model.add_signature_defs(signatures);
    model.add_metadata(metadata);
    model.add_buffers(buffers);
    model.add_description(description_text);
    model.add_subgraphs(subgraph_vector);
    model.add_operator_codes(operator_codes);
    model.add_version(3);
    builder_.Finish(model.Finish(), "TFL3");
  }

  std::vector<std::uint8_t> bytes() const {
    return {builder_.GetBufferPointer(), builder_.GetBufferPointer() + builder_.GetSize()};
  }

 private:
  /// One code for each kind in use, in the order of first use.
  std::uint32_t code_index(OperatorKind kind) {
    const auto found = std::find(kinds_.begin(), kinds_.end(), kind);
    const std::uint32_t index = static_cast<std::uint32_t>(found - kinds_.begin());
    if (found == kinds_.end()) kinds_.push_back(kind);
    return index;
  }

  Offset<flatbuffers::Vector<Offset<tflite::OperatorCode>>> write_operator_codes() {
    for (const GraphOperator& op : graph_.operators) code_index(op.kind);
    std::vector<Offset<tflite::OperatorCode>> codes;
    for (const OperatorKind kind : kinds_) {
      const OperatorVersion operator_version = version_of(kind);
      tflite::OperatorCodeBuilder code(builder_);
      code.add_builtin_code(operator_version.code);
      code.add_version(operator_version.version);
      code.add_deprecated_builtin_code(static_cast<std::int8_t>(operator_version.code));
      codes.push_back(code.Finish());
    }
    return builder_.CreateVector(codes);
  }

  Offset<tflite::SubGraph> write_subgraph() {
    std::vector<Offset<tflite::Tensor>> tensors;
    for (std::size_t i = 0; i < graph_.tensors.size(); ++i) {
      tensors.push_back(write_tensor(graph_.tensors[i], static_cast<std::uint32_t>(i) + 1));
    }
    const auto tensor_vector = builder_.CreateVector(tensors);
    const auto inputs = builder_.CreateVector(std::vector<std::int32_t>{graph_.input});
    const auto outputs = builder_.CreateVector(std::vector<std::int32_t>{graph_.output});
    std::vector<Offset<tflite::Operator>> operators;
    for (const GraphOperator& op : graph_.operators) operators.push_back(write_operator(op));
    const auto operator_vector = builder_.CreateVector(operators);
    const auto name = builder_.CreateString("main");
    tflite::SubGraphBuilder subgraph(builder_);
    subgraph.add_name(name);
    subgraph.add_operators(operator_vector);
    subgraph.add_outputs(outputs);
    subgraph.add_inputs(inputs);
    subgraph.add_tensors(tensor_vector);
    return subgraph.Finish();
  }

  Offset<tflite::Tensor> write_tensor(const GraphTensor& tensor, std::uint32_t buffer) {
    const auto shape = builder_.CreateVector(tensor.shape);
    const auto name = builder_.CreateString(tensor.name);
    const auto quantisation = write_quantisation(tensor.quantisation);
    Offset<flatbuffers::Vector<std::int32_t>> signature = 0;
    if (tensor.data.empty()) {
      // The model was exported for any batch; the shape says what it is until someone resizes it.
      std::vector<std::int32_t> open_shape = tensor.shape;
      open_shape.front() = -1;
      signature = builder_.CreateVector(open_shape);
    }
    tflite::TensorBuilder written(builder_);
    written.add_shape_signature(signature);
    written.add_quantization(quantisation);
    written.add_name(name);
    written.add_buffer(buffer);
    written.add_shape(shape);
    written.add_type(tensor.type == ElementType::int8 ? tflite::TensorType::INT8 : tflite::TensorType::INT32);
    return written.Finish();
  }

  Offset<tflite::QuantizationParameters> write_quantisation(const Quantisation& quantisation) {
    Offset<flatbuffers::Vector<float>> scales = 0;
    Offset<flatbuffers::Vector<std::int64_t>> zero_points = 0;
    if (!quantisation.scales.empty()) {
      scales = builder_.CreateVector(quantisation.scales);
      zero_points = builder_.CreateVector(quantisation.zero_points);
    }
    tflite::QuantizationParametersBuilder written(builder_);
    written.add_quantized_dimension(quantisation.dimension);
    written.add_zero_point(zero_points);
    written.add_scale(scales);
    return written.Finish();
  }

  Offset<tflite::Operator> write_operator(const GraphOperator& op) {
    const auto inputs = builder_.CreateVector(op.inputs);
    const auto outputs = builder_.CreateVector(op.outputs);
    const Options options = write_options(op);
    tflite::OperatorBuilder written(builder_);
    written.add_builtin_options(options.offset);
    written.add_outputs(outputs);
    written.add_inputs(inputs);
    written.add_opcode_index(code_index(op.kind));
    written.add_builtin_options_type(options.type);
    return written.Finish();
  }

  Options write_options(const GraphOperator& op) {
    const auto activation =
        op.relu ? tflite::ActivationFunctionType::RELU : tflite::ActivationFunctionType::NONE;
    switch (op.kind) {
      case OperatorKind::convolution: {
        tflite::Conv2DOptionsBuilder options(builder_);
        options.add_padding(tflite::Padding::SAME);
        options.add_stride_w(1);
        options.add_stride_h(1);
        options.add_fused_activation_function(activation);
        return {tflite::BuiltinOptions::Conv2DOptions, options.Finish().Union()};
      }
      case OperatorKind::depthwise: {
        tflite::DepthwiseConv2DOptionsBuilder options(builder_);
        options.add_padding(tflite::Padding::SAME);
        options.add_stride_w(1);
        options.add_stride_h(1);
        options.add_depth_multiplier(1);
        options.add_fused_activation_function(activation);
        return {tflite::BuiltinOptions::DepthwiseConv2DOptions, options.Finish().Union()};
      }
      case OperatorKind::max_pool:
      case OperatorKind::average_pool: {
        tflite::Pool2DOptionsBuilder options(builder_);
        options.add_padding(tflite::Padding::VALID);
        options.add_stride_w(1);
        options.add_stride_h(op.window);
        options.add_filter_width(1);
        options.add_filter_height(op.window);
        return {tflite::BuiltinOptions::Pool2DOptions, options.Finish().Union()};
      }
      case OperatorKind::fully_connected: {
        tflite::FullyConnectedOptionsBuilder options(builder_);
        options.add_fused_activation_function(activation);
        return {tflite::BuiltinOptions::FullyConnectedOptions, options.Finish().Union()};
      }
      case OperatorKind::reshape:
        return {};  // the shape is an input
      case OperatorKind::softmax: {
        tflite::SoftmaxOptionsBuilder options(builder_);
        options.add_beta(1.0F);
        return {tflite::BuiltinOptions::SoftmaxOptions, options.Finish().Union()};
      }
    }
    return {};
  }

  Offset<tflite::Buffer> write_buffer(const std::vector<std::uint8_t>& data) {
    Offset<flatbuffers::Vector<std::uint8_t>> bytes = 0;
    if (!data.empty()) {
      // Interpreters use weights where they lie in the file.
      builder_.ForceVectorAlignment(data.size(), sizeof(std::uint8_t), kAlignment);
      bytes = builder_.CreateVector(data);
    }
    tflite::BufferBuilder buffer(builder_);
    buffer.add_data(bytes);
    return buffer.Finish();
  }

  /// Buffer 0 is empty by convention, buffer i + 1 is that of tensor i, and the last holds the metadata.
  Offset<flatbuffers::Vector<Offset<tflite::Buffer>>> write_buffers() {
    std::vector<Offset<tflite::Buffer>> buffers = {write_buffer({})};
    for (const GraphTensor& tensor : graph_.tensors) buffers.push_back(write_buffer(tensor.data));
    std::vector<std::uint8_t> runtime(kOldestRuntime.begin(), kOldestRuntime.end());
    runtime.resize(kRuntimeBytes, 0);
    buffers.push_back(write_buffer(runtime));
    return builder_.CreateVector(buffers);
  }

  Offset<flatbuffers::Vector<Offset<tflite::Metadata>>> write_metadata() {
    const auto name = builder_.CreateString("min_runtime_version");
    tflite::MetadataBuilder metadata(builder_);
    metadata.add_name(name);
    metadata.add_buffer(static_cast<std::uint32_t>(graph_.tensors.size()) + 1);
    const std::vector<Offset<tflite::Metadata>> all = {metadata.Finish()};
    return builder_.CreateVector(all);
  }

  Offset<tflite::TensorMap> write_tensor_map(const std::string& name, std::int32_t tensor) {
    const auto text = builder_.CreateString(name);
    tflite::TensorMapBuilder map(builder_);
    map.add_name(text);
    map.add_tensor_index(static_cast<std::uint32_t>(tensor));
    return map.Finish();
  }

  Offset<flatbuffers::Vector<Offset<tflite::SignatureDef>>> write_signatures() {
    const std::vector<Offset<tflite::TensorMap>> inputs = {write_tensor_map(graph_.input_name, graph_.input)};
    const auto input_vector = builder_.CreateVector(inputs);
    const std::vector<Offset<tflite::TensorMap>> outputs = {
        write_tensor_map(graph_.output_name, graph_.output)};
    const auto output_vector = builder_.CreateVector(outputs);
    const auto key = builder_.CreateString("serving_default");
    tflite::SignatureDefBuilder signature(builder_);
    signature.add_signature_key(key);
    signature.add_outputs(output_vector);
    signature.add_inputs(input_vector);
    const std::vector<Offset<tflite::SignatureDef>> all = {signature.Finish()};
    return builder_.CreateVector(all);
  }

  const Graph& graph_;
  flatbuffers::FlatBufferBuilder builder_{1U << 17};
  std::vector<OperatorKind> kinds_;
};

}  // namespace

std::vector<std::uint8_t> write_tflite(const Graph& graph, const std::string& description) {
  return Writer(graph, description).bytes();
}

}  // namespace modelgen
