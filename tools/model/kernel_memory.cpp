// SPDX-License-Identifier: Apache-2.0
#include "model/kernel_memory.hpp"

#include <algorithm>

#include "model/kernel_sizes.hpp"
#include "model/signal_memory.hpp"

namespace tmd::host::model {
namespace {

/// The one custom operator that TFLM brings along with large buffers of its own.
constexpr const char* kDetection = "TFLite_Detection_PostProcess";

/// The tensors of one operator, with absent and missing ones as null.
class Tensors {
 public:
  Tensors(const Subgraph& graph, const Operator& op) : graph_(graph), op_(op) {}

  const Tensor* input(std::size_t i) const { return graph_.tensor_at(op_.inputs, i); }
  const Tensor* output(std::size_t i) const { return graph_.tensor_at(op_.outputs, i); }

  std::uint64_t dimension(const Tensor* tensor, std::size_t i) const {
    if (tensor == nullptr || i >= tensor->shape.size()) return 1;
    return static_cast<std::uint64_t>(std::max(tensor->shape[i], 1));
  }
  std::uint64_t elements(const Tensor* tensor) const {
    if (tensor == nullptr) return 0;
    const std::uint32_t size = element_size(tensor->type);
    return size == 0 ? byte_count(*tensor) * std::uint64_t{2} : byte_count(*tensor) / size;
  }

 private:
  const Subgraph& graph_;
  const Operator& op_;
};

bool has_type(const Tensor* tensor, TensorType type) {
  return tensor != nullptr && tensor->type == type;
}

/// One multiplier and one shift for each output channel.
void add_per_channel(KernelMemory& memory, std::uint64_t channels) {
  memory.persistent.push_back(channels * kInt32);
  memory.persistent.push_back(channels * kInt32);
}

/// Four-bit weights are unpacked before use.
void add_unpacked_weights(KernelMemory& memory, const Tensors& tensors, const Tensor* weights) {
  if (has_type(weights, TensorType::INT4)) memory.scratch.push_back(tensors.elements(weights));
}

void add_convolution(KernelMemory& memory, const Tensors& tensors, std::size_t channel_dimension) {
  const Tensor* weights = tensors.input(1);
  add_per_channel(memory, tensors.dimension(weights, channel_dimension));
  add_unpacked_weights(memory, tensors, weights);
}

void add_fully_connected(KernelMemory& memory, const Tensors& tensors) {
  const Tensor* weights = tensors.input(1);
  if (weights != nullptr && weights->quantization.scales.size() > 1)
    add_per_channel(memory, tensors.dimension(weights, 0));
  add_unpacked_weights(memory, tensors, weights);
}

void add_transposed_convolution(KernelMemory& memory, const Tensors& tensors) {
  add_per_channel(memory, tensors.dimension(tensors.input(1), 0));
  const std::uint64_t sums = tensors.elements(tensors.output(0));
  if (has_type(tensors.input(2), TensorType::INT8)) memory.scratch.push_back(sums * kInt32);
  if (has_type(tensors.input(2), TensorType::INT16)) {
    memory.scratch.push_back(sums * 2 * kInt32);
    memory.scratch.push_back(tensors.elements(tensors.input(3)) * 2 * kInt32);
  }
}

/// Since January 2026 reductions walk along a counter for each dimension and a list of axes, both in scratch.
constexpr TflmRevision kReductionsWithScratch = 202601;

void add_walk(KernelMemory& memory, const Tensors& tensors) {
  const Tensor* in = tensors.input(0);
  memory.scratch.push_back((in == nullptr ? 0 : in->shape.size()) * kInt32);
  memory.scratch.push_back(tensors.elements(tensors.input(1)) * kInt32);
}

void add_mean(KernelMemory& memory, const Tensors& tensors, TflmRevision revision) {
  if (!has_type(tensors.input(0), TensorType::FLOAT32))
    memory.scratch.push_back(tensors.elements(tensors.output(0)) * kInt32);
  if (revision >= kReductionsWithScratch) add_walk(memory, tensors);
}

/// Two lists with an entry for each dimension.
void add_mirror_pad(KernelMemory& memory, const Tensors& tensors) {
  const Tensor* in = tensors.input(0);
  memory.scratch.assign(2, (in == nullptr ? 0 : in->shape.size()) * kInt32);
}

/// Only the int8 kernel has a structure, which it allocates when it is prepared.
void add_cumulative_sum(KernelMemory& memory, const Tensors& tensors) {
  constexpr std::uint64_t kStructure = 40;
  if (has_type(tensors.output(0), TensorType::INT8)) memory.persistent = {kStructure};
}

void add_concatenation(KernelMemory& memory, const Tensors& tensors, std::size_t inputs) {
  if (!has_type(tensors.output(0), TensorType::INT8)) return;
  memory.persistent.push_back(inputs * kInt32);
  memory.persistent.push_back(inputs * kInt32);
}

void add_softmax(KernelMemory& memory, const Tensors& tensors) {
  constexpr std::uint64_t kTable = 513 * 2;
  if (has_type(tensors.input(0), TensorType::INT16)) memory.persistent = {kTable, kTable};
}

void add_svdf(KernelMemory& memory, const Tensors& tensors) {
  const std::uint64_t batches = tensors.dimension(tensors.input(0), 0);
  memory.scratch.push_back(batches * tensors.dimension(tensors.input(1), 0) * kInt32);
  if (has_type(tensors.input(0), TensorType::INT8))
    memory.scratch.push_back(tensors.elements(tensors.output(0)) * kInt32);
}

/// Four buffers for the gates, each of the size of the cell state (input 19).
void add_lstm(KernelMemory& memory, const Tensors& tensors) {
  constexpr std::size_t kCellState = 19;
  const Tensor* state = tensors.input(kCellState);
  memory.scratch.assign(4, state == nullptr ? 0 : byte_count(*state));
}

/// A side with its last two dimensions exchanged: structure, dimensions, data.
void add_transposed(KernelMemory& memory, const Tensor* side) {
  constexpr std::uint64_t kTensorStructure = 12;
  if (side == nullptr) return;
  memory.persistent.push_back(kTensorStructure);
  memory.persistent.push_back(kInt32 + kInt32 * side->shape.size());
  memory.persistent.push_back(byte_count(*side));
}

/// The kernels multiply rows by rows: they transpose the left side where the model asks for it, the right side where
/// it does not.
void add_matrix_product(KernelMemory& memory, const Tensors& tensors, const Operator& op) {
  constexpr std::uint64_t kQuantisation = 28;
  const auto* options = op.options.AsBatchMatMulOptions();
  if (!has_type(tensors.input(0), TensorType::FLOAT32)) memory.persistent.push_back(kQuantisation);
  if (options != nullptr && options->adj_x) add_transposed(memory, tensors.input(0));
  if (options == nullptr || !options->adj_y) add_transposed(memory, tensors.input(1));
}

/// Kernels that say the shape of their output themselves copy it out of the file first.
void add_own_shape(KernelMemory& memory, const Tensor* out) {
  if (out != nullptr) memory.persistent.push_back(kInt32 + kInt32 * out->shape.size());
}

bool says_its_shape(BuiltinOperator builtin, const Tensor* out) {
  switch (builtin) {
    case BuiltinOperator::BATCH_MATMUL:
    case BuiltinOperator::DEPTH_TO_SPACE:
    case BuiltinOperator::EMBEDDING_LOOKUP:
    case BuiltinOperator::GATHER:
    case BuiltinOperator::GATHER_ND:
    case BuiltinOperator::L2_POOL_2D:
    case BuiltinOperator::SPACE_TO_DEPTH:
      return true;
    case BuiltinOperator::RESHAPE:
      return out != nullptr && std::count(out->shape.begin(), out->shape.end(), -1) != 0;
    default:
      return false;
  }
}

/// TFLM's decompression unpacks each compressed constant into scratch.
void add_decompressed(KernelMemory& memory, const Tensors& tensors, std::size_t inputs) {
  for (std::size_t i = 0; i < inputs; ++i) {
    const Tensor* tensor = tensors.input(i);
    if (tensor != nullptr && tensor->is_compressed) memory.scratch.push_back(byte_count(*tensor));
  }
}

/// Boxes, their scores as floating-point numbers, and lists for sorting them: three for all boxes, three with an entry
/// for each box and detection, one for the larger of classes and detections, one for the detections that there may be.
void add_detection(KernelMemory& memory, const Tensors& tensors) {
  constexpr std::uint64_t kCoordinates = 4;
  const std::uint64_t boxes = tensors.dimension(tensors.input(0), 1);
  const std::uint64_t classes = tensors.dimension(tensors.input(1), 2);
  const std::uint64_t detections = std::max({tensors.elements(tensors.output(0)) / kCoordinates,
                                             tensors.elements(tensors.output(1)), std::uint64_t{1}});
  memory.known = true;
  memory.scratch.assign(3, boxes * kInt32);
  memory.scratch.insert(memory.scratch.end(), 3, detections * boxes * kInt32);
  memory.scratch.push_back(std::max(classes, detections) * boxes * kInt32);
  memory.scratch.push_back(std::min(boxes, detections) * boxes * kInt32);
  memory.scratch.push_back(boxes);
  memory.scratch.push_back(boxes * kCoordinates * kInt32);
  memory.scratch.push_back(tensors.elements(tensors.input(1)) * kInt32);
}

void add_own_parts(KernelMemory& memory, BuiltinOperator builtin, const Tensors& tensors, const Operator& op,
                   TflmRevision revision) {
  switch (builtin) {
    case BuiltinOperator::CONV_2D:
      return add_convolution(memory, tensors, 0);
    case BuiltinOperator::DEPTHWISE_CONV_2D:
      return add_convolution(memory, tensors, 3);
    case BuiltinOperator::FULLY_CONNECTED:
      return add_fully_connected(memory, tensors);
    case BuiltinOperator::TRANSPOSE_CONV:
      return add_transposed_convolution(memory, tensors);
    case BuiltinOperator::MEAN:
    case BuiltinOperator::SUM:
      return add_mean(memory, tensors, revision);
    case BuiltinOperator::REDUCE_ALL:
    case BuiltinOperator::REDUCE_MAX:
    case BuiltinOperator::REDUCE_MIN:
      return add_walk(memory, tensors);
    case BuiltinOperator::MIRROR_PAD:
      return add_mirror_pad(memory, tensors);
    case BuiltinOperator::CUMSUM:
      return add_cumulative_sum(memory, tensors);
    case BuiltinOperator::CONCATENATION:
      return add_concatenation(memory, tensors, op.inputs.size());
    case BuiltinOperator::SOFTMAX:
      return add_softmax(memory, tensors);
    case BuiltinOperator::SVDF:
      return add_svdf(memory, tensors);
    case BuiltinOperator::UNIDIRECTIONAL_SEQUENCE_LSTM:
      return add_lstm(memory, tensors);
    case BuiltinOperator::BATCH_MATMUL:
      return add_matrix_product(memory, tensors, op);
    case BuiltinOperator::ADD_N:
      memory.scratch.push_back(op.inputs.size() * kInt32);  // a pointer to each input
      return;
    default:
      return;
  }
}

}  // namespace

KernelMemory kernel_memory(const Model& model, const Subgraph& graph, const Operator& op,
                           TflmRevision revision) {
  const BuiltinOperator builtin = model.code_of(op).builtin;
  const auto* entry = std::find_if(std::begin(kSizes), std::end(kSizes),
                                   [&](const StructureSizes& sizes) { return sizes.builtin == builtin; });
  KernelMemory memory;
  memory.known = entry != std::end(kSizes);
  const StructureSizes& sizes = memory.known ? *entry : kUnknown;
  memory.options = sizes.options;
  memory.user_data = sizes.user_data;
  const Tensors tensors(graph, op);
  add_own_parts(memory, builtin, tensors, op, revision);
  if (says_its_shape(builtin, tensors.output(0))) add_own_shape(memory, tensors.output(0));
  add_decompressed(memory, tensors, op.inputs.size());
  if (builtin != BuiltinOperator::CUSTOM) return memory;
  const std::string& name = model.code_of(op).custom_name;
  if (name == kDetection) add_detection(memory, tensors);
  if (auto signal = signal_memory(name, graph, op)) return *signal;
  return memory;
}

}  // namespace tmd::host::model
