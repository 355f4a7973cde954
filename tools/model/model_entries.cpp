// SPDX-License-Identifier: Apache-2.0
#include "model/model_entries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <string_view>

#include "base/numbers.hpp"
#include "model/accelerator.hpp"
#include "model/variables.hpp"
#include "tmd/internal/guard/operator_set.hpp"

namespace tmd::host::model {
namespace {

using format::append_varint;
using host::Bytes;

/// Zero points are int64 in the file and int32 in every interpreter.
std::int32_t zero_point(const Quantization& quantization) {
  constexpr std::int64_t kLeast = std::numeric_limits<std::int32_t>::min();
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(std::clamp(quantization.zero_points.front(), kLeast, kMost));
}

void append_tensor(Bytes& out, const Tensor& tensor) {
  out.push_back(static_cast<std::uint8_t>(tensor.type));
  out.push_back(static_cast<std::uint8_t>(tensor.shape.size()));
  for (const std::int32_t dimension : tensor.shape)
    append_varint(out, static_cast<std::uint32_t>(std::max(dimension, 0)));
  out.push_back(tensor.quantization.present() ? 1 : 0);
  if (!tensor.quantization.present()) return;
  append_le32(out, std::bit_cast<std::uint32_t>(tensor.quantization.scales.front()));
  append_varint(out, zigzag(zero_point(tensor.quantization)));
}

std::string tensor_text(TensorType type, const std::vector<std::uint32_t>& shape) {
  return fmt::format("{}[{}]", type_name(type), fmt::join(shape, ","));
}

std::string quantisation_text(float scale, std::int32_t zero) {
  return fmt::format(" scale {:.6g} zero {}", scale, zero);
}

/// Reads one tensor of an I/O schema for people.
std::string read_tensor(ByteReader& reader) {
  const auto type = static_cast<TensorType>(reader.u8());
  std::vector<std::uint32_t> shape(reader.u8());
  for (std::uint32_t& dimension : shape) dimension = reader.varint();
  std::string text = tensor_text(type, shape);
  if (reader.u8() == 0) return text;
  const float scale = std::bit_cast<float>(reader.u32());
  return text + quantisation_text(scale, static_cast<std::int32_t>(unzigzag_bits(reader.varint())));
}

std::string features_text(std::uint32_t bits) {
  std::vector<std::string> names;
  for (const Feature& feature : describe_features(bits)) names.emplace_back(feature.text);
  return names.empty() ? "no data" : fmt::format("{}", fmt::join(names, ", "));
}

Bytes encode_variables(const ResourceVariables& variables) {
  Bytes out;
  append_varint(out, static_cast<std::uint32_t>(variables.size()));
  append_varint(out, variable_bytes(variables));
  return out;
}

Bytes encode_accelerator(const AcceleratorConfig& config) {
  Bytes out;
  append_le32(out, config.config);
  append_le32(out, config.id);
  return out;
}

Bytes bytes_of_size(std::uint32_t value, std::size_t size) {
  Bytes bytes;
  append_le32(bytes, value);
  bytes.resize(size);
  return bytes;
}

}  // namespace

Bytes encode_operators(const std::vector<UsedOperator>& operators) {
  Bytes out;
  std::uint32_t features = operator_features::kInt8;
  for (const UsedOperator& op : operators) {
    const bool differs = op.features != features;
    const auto version = static_cast<std::uint32_t>(op.code.version);
    append_varint(out, static_cast<std::uint32_t>(op.code.builtin));
    append_varint(out, version | (differs ? detail::kFeaturesFollow : 0));
    if (op.code.builtin == BuiltinOperator::CUSTOM) {
      append_varint(out, static_cast<std::uint32_t>(op.code.custom_name.size()));
      out.insert(out.end(), op.code.custom_name.begin(), op.code.custom_name.end());
    }
    if (differs) append_varint(out, op.features);
    features = op.features;
  }
  return out;
}

Bytes encode_io_schema(const Model& model) {
  const Subgraph& main = model.main();
  Bytes out;
  append_varint(out, static_cast<std::uint32_t>(main.inputs.size()));
  append_varint(out, static_cast<std::uint32_t>(main.outputs.size()));
  for (const std::int32_t t : main.inputs) append_tensor(out, main.tensors[static_cast<std::size_t>(t)]);
  for (const std::int32_t t : main.outputs) append_tensor(out, main.tensors[static_cast<std::size_t>(t)]);
  return out;
}

std::string describe_operators(ConstBytes entry) {
  OperatorSetReader reader(entry);
  OperatorSetReader::Operator op;
  std::vector<std::string> names;
  Status status = Status::ok;
  while ((status = reader.next(op)) == Status::ok) {
    OperatorCode code;
    code.builtin = static_cast<BuiltinOperator>(op.builtin);
    for (const std::uint8_t byte : op.name)
      code.custom_name += byte >= ' ' && byte <= '~' ? static_cast<char>(byte) : '?';
    std::string text = fmt::format("{} v{}", operator_name(code), op.version);
    if (op.features != operator_features::kInt8) text += " (" + features_text(op.features) + ")";
    names.push_back(text);
  }
  return status == Status::not_found ? fmt::format("{}", fmt::join(names, ", ")) : host::to_hex(entry);
}

std::string describe_variables(ConstBytes entry) {
  ByteReader reader(entry);
  const std::uint32_t count = reader.varint();
  const std::uint32_t bytes = reader.varint();
  return reader.failed() ? host::to_hex(entry) : fmt::format("{} of {} bytes", count, bytes);
}

std::string describe_accelerator(ConstBytes entry) {
  if (entry.size() != fixed_entry_size(EntryNumber::accelerator)) return host::to_hex(entry);
  return describe({load_le32(entry.data()), load_le32(entry.data() + 4)});
}

std::string describe_io_schema(ConstBytes entry) {
  ByteReader reader(entry);
  const std::uint32_t inputs = reader.varint();
  const std::uint32_t outputs = reader.varint();
  std::vector<std::string> in;
  std::vector<std::string> out;
  while (reader.remaining() != 0 && !reader.failed())
    (in.size() < inputs ? in : out).push_back(read_tensor(reader));
  if (reader.failed() || in.size() != inputs || out.size() != outputs) return host::to_hex(entry);
  return fmt::format("{} -> {}", fmt::join(in, "; "), fmt::join(out, "; "));
}

std::string describe_io(const Tensor& tensor) {
  std::vector<std::uint32_t> shape;
  for (const std::int32_t dimension : tensor.shape)
    shape.push_back(static_cast<std::uint32_t>(std::max(dimension, 0)));
  std::string text = tensor_text(tensor.type, shape);
  if (tensor.quantization.present())
    text += quantisation_text(tensor.quantization.scales.front(), zero_point(tensor.quantization));
  return text;
}

std::vector<format::EntryToWrite> manifest_entries(const Model& target, const ArenaChoice& arena) {
  std::vector<format::EntryToWrite> entries = {
      {EntryNumber::arena_bytes, false, bytes_of_size(arena_bytes(target, arena), 4)},
      {EntryNumber::abi, false, bytes_of_size(target.schema_version, 2)},
      {EntryNumber::operator_set, false, encode_operators(operators_used(target))},
      {EntryNumber::io_schema, false, encode_io_schema(target)},
      {EntryNumber::alignment, false, {kTfliteAlignment}},
  };
  const ResourceVariables variables = resource_variables(target);
  if (!variables.empty()) entries.push_back({EntryNumber::variables, false, encode_variables(variables)});
  if (target.accelerator)
    entries.push_back({EntryNumber::accelerator, false, encode_accelerator(*target.accelerator)});
  return entries;
}

}  // namespace tmd::host::model
