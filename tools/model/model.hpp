// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/schema_generated.h"

namespace tmd::host::model {

using tflite::BuiltinOperator;
using tflite::TensorType;

/// Where something lies in the model file: offset and size in bytes.
struct ByteRange {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;

  bool empty() const { return size == 0; }
  bool operator==(const ByteRange&) const = default;
};

/// real = scale * (stored - zero_point): one pair for the tensor, or one for each slice along `dimension`.
struct Quantization {
  std::vector<float> scales;
  std::vector<std::int64_t> zero_points;
  ByteRange scale_bytes;       ///< The scales as float32 in the file.
  ByteRange zero_point_bytes;  ///< The zero points as int64 in the file.
  ByteRange minimum_bytes;  ///< What the converter saw at least, as float32; it does not matter at run time.
  ByteRange maximum_bytes;
  std::int32_t dimension = 0;

  bool present() const { return !scales.empty() && !zero_points.empty(); }
};

struct Tensor {
  std::string name;
  TensorType type = TensorType::FLOAT32;
  std::vector<std::int32_t> shape;
  bool has_shape = false;    ///< False where the file leaves the shape out (a scalar).
  std::uint32_t buffer = 0;  ///< Index into `Model::buffers`.
  ByteRange data;            ///< Empty for what is computed at run time.
  Quantization quantization;
  bool is_variable = false;
  bool is_sparse = false;
  bool is_outside =
      false;  ///< Its data lies behind the FlatBuffer (Buffer.offset), where TFLM does not look.
  bool is_compressed = false;  ///< Its data are indices into a table of values (COMPRESSION_METADATA).

  bool is_constant() const { return !data.empty(); }
};

/// An entry of the model's operator table.
struct OperatorCode {
  BuiltinOperator builtin = BuiltinOperator::ADD;
  std::int32_t version = 1;
  std::string custom_name;  ///< Of a CUSTOM operator.

  auto operator<=>(const OperatorCode&) const = default;
};

struct Operator {
  std::uint32_t code = 0;            ///< Index into `Model::codes`.
  std::vector<std::int32_t> inputs;  ///< Tensor indices; -1: an optional input that is left out.
  std::vector<std::int32_t> outputs;
  std::vector<std::int32_t> intermediates;
  tflite::BuiltinOptionsUnion options;  ///< NONE for kinds that schema.fbs leaves out.
  bool has_options = false;             ///< The file has options, of a known kind or not.
  ByteRange custom_options;
};

struct Subgraph {
  std::string name;
  std::vector<Tensor> tensors;
  std::vector<Operator> operators;  ///< In execution order.
  std::vector<std::int32_t> inputs;
  std::vector<std::int32_t> outputs;

  /// The tensor at a place among an operator's inputs or outputs; null where it is left out, or there are not so many.
  const Tensor* tensor_at(const std::vector<std::int32_t>& indices, std::size_t place) const {
    if (place >= indices.size() || indices[place] < 0) return nullptr;
    return &tensors[static_cast<std::size_t>(indices[place])];
  }
};

struct MetadataEntry {
  std::string name;
  ByteRange data;
};

/// What an Ethos-U command stream was compiled for, as the driver's optimizer configuration has it.
struct AcceleratorConfig {
  std::uint32_t config = 0;  ///< log2 of the MACs (bits 0-3), stream version (4-7), product (28-31).
  std::uint32_t id = 0;      ///< Architecture: major (bits 28-31), minor (20-27), patch (16-19).

  bool operator==(const AcceleratorConfig&) const = default;
};

/// A TFLite model as plain values. Every index is within its list and every range within the file.
struct Model {
  std::uint32_t schema_version = 3;
  std::string description;
  std::vector<OperatorCode> codes;
  std::vector<Subgraph> subgraphs;  ///< The first one is the model's entry; there is at least one.
  std::vector<ByteRange> buffers;
  std::vector<MetadataEntry> metadata;
  /// Where in the arena a compiler (such as Vela) wants the tensors: an offset for each tensor of a subgraph,
  /// -1 for "anywhere". Empty where the model has no such plan.
  std::vector<std::int32_t> offline_plan;
  /// Of the first ethos-u operator with a configuration in its command stream.
  std::optional<AcceleratorConfig> accelerator;

  const OperatorCode& code_of(const Operator& op) const { return codes[op.code]; }
  const Subgraph& main() const { return subgraphs.front(); }
};

/// Bytes of one element, or 0 where elements have no fixed size of whole bytes (strings, resources, int4).
std::uint32_t element_size(TensorType type);

/// Bytes of the whole tensor as an interpreter holds it, dimensions below 1 taken as the schema has them (0:
/// no bytes; negative: 1). At most 2^32 - 1; more is reported as that.
std::uint32_t byte_count(const Tensor& tensor);

/// "CONV_2D", "custom 'ethos-u'", or "builtin 200" for one that schema.fbs does not name.
std::string operator_name(const OperatorCode& code);
/// "int8", "float32", …
std::string type_name(TensorType type);

}  // namespace tmd::host::model
