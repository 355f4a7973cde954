// SPDX-License-Identifier: Apache-2.0
#include "inference/model_runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/error.hpp"
#include "interpreter/flat_table.hpp"
#include "model/reader.hpp"
#include "model/self_test.hpp"
#include "tmd/internal/guard/self_test_entry.hpp"

namespace tmd::host::inference {

using interpreter::InterpreterStatus;
using model::TensorType;

namespace {

/// The kernels would find nothing there, and the answer would be made of zeros.
void check_weights_are_inside(const model::Model& model, const std::string& name) {
  for (const model::Subgraph& graph : model.subgraphs) {
    for (const model::Tensor& tensor : graph.tensors) {
      if (tensor.is_outside)
        throw host::Error(fmt::format(
            "{}: cannot be run here: tensor '{}' has its data outside the FlatBuffer, where neither "
            "this interpreter nor TFLM looks",
            name, tensor.name));
    }
  }
}

/// "operator 3, CONV_2D ('conv/out')"
std::string operator_text(const model::Model& model, std::size_t index) {
  const model::Operator& op = model.main().operators[index];
  const model::Tensor* output = model.main().tensor_at(op.outputs, 0);
  return fmt::format("operator {}, {} ('{}')", index, model::operator_name(model.code_of(op)),
                     output == nullptr ? "" : output->name);
}

/// Channels of a convolution's input, where its filters take another number of them; 0: they take all.
std::int32_t channels_of_groups(const model::Model& model, const model::Operator& op) {
  const model::Tensor* input = model.main().tensor_at(op.inputs, 0);
  const model::Tensor* filter = model.main().tensor_at(op.inputs, 1);
  const bool is_convolution = model.code_of(op).builtin == model::BuiltinOperator::CONV_2D &&
                              input != nullptr && filter != nullptr && input->shape.size() == 4 &&
                              filter->shape.size() == 4;
  return is_convolution && input->shape[3] != filter->shape[3] ? input->shape[3] : 0;
}

std::string refused_operator(const model::Model& model, std::size_t index, InterpreterStatus status) {
  const model::Operator& op = model.main().operators[index];
  const model::Tensor* input = model.main().tensor_at(op.inputs, 0);
  const std::string type = input == nullptr ? "" : " of " + model::type_name(input->type);
  std::string why = fmt::format("it is not there{}, or not with such an option", type);
  if (const std::int32_t channels = channels_of_groups(model, op); channels != 0)
    why = fmt::format("grouped convolutions are not there: its input has {} channels, its filters take {}",
                      channels, model.main().tensor_at(op.inputs, 1)->shape[3]);
  else if (status == InterpreterStatus::malformed)
    why = "its tensors and options contradict each other";
  return fmt::format("{}: {}", operator_text(model, index), why);
}

/// The first tensor that the interpreter does not take, and the operator that it belongs to; empty: there is none.
std::string refused_tensor(const model::Model& model, ConstBytes file) {
  const interpreter::ModelView view(file);
  for (std::size_t t = 0; t < model.main().tensors.size(); ++t) {
    if (view.tensor(view.graph(0), static_cast<std::uint32_t>(t)).good) continue;
    const model::Tensor& tensor = model.main().tensors[t];
    const std::string what = fmt::format(
        "tensor {} ('{}', {} [{}]) has a type, a shape, a zero point or data that the interpreter does not "
        "take",
        t, tensor.name, model::type_name(tensor.type), fmt::join(tensor.shape, ","));
    for (std::size_t i = 0; i < model.main().operators.size(); ++i) {
      const model::Operator& op = model.main().operators[i];
      for (const std::vector<std::int32_t>* list : {&op.inputs, &op.outputs})
        if (std::find(list->begin(), list->end(), static_cast<std::int32_t>(t)) != list->end())
          return fmt::format("{}: {}", operator_text(model, i), what);
    }
    return what;
  }
  return "";
}

struct StoredRange {
  double low = 0, high = 0;
};

std::optional<StoredRange> stored_range(TensorType type) {
  switch (type) {
    case TensorType::INT8:
      return StoredRange{-128, 127};
    case TensorType::UINT8:
      return StoredRange{0, 255};
    case TensorType::INT16:
      return StoredRange{-32768, 32767};
    default:
      return std::nullopt;
  }
}

bool same_step_and_zero(const model::Quantization& a, const model::Quantization& b) {
  return a.scales.front() == b.scales.front() && a.zero_points.front() == b.zero_points.front();
}

}  // namespace

ModelRunner::ModelRunner(ConstBytes file, const std::string& name)
    : name_(name), model_(model::parse_or_throw(file, name)) {
  check_weights_are_inside(model_, name);
  InterpreterStatus status = interpreter_.load(file, {});
  if (status == InterpreterStatus::arena_too_small) {
    arena_.resize(interpreter_.arena_needed());
    status = interpreter_.load(file, MutableBytes(arena_.data(), arena_.size()));
  }
  if (status != InterpreterStatus::ok) refuse(file, status);
}

void ModelRunner::refuse(ConstBytes file, InterpreterStatus status) {
  const model::Subgraph& graph = model_.main();
  std::string why = to_string(status);
  if (graph.inputs.size() != 1 || graph.outputs.size() != 1) {
    why = fmt::format("it has {} inputs and {} outputs, and models of one and one are", graph.inputs.size(),
                      graph.outputs.size());
  } else if (const std::int32_t index = interpreter_.first_refused(); index >= 0) {
    why = refused_operator(model_, static_cast<std::size_t>(index), status);
  } else if (const std::string tensor = refused_tensor(model_, file); !tensor.empty()) {
    why = tensor;
  }
  throw host::Error(
      fmt::format("{}: cannot be run here: {}; docs/answers.md has what can, and what another runtime "
                  "answers is taken by tmd diff "
                  "--expect-output and tmd slim --run",
                  name_, why));
}

host::Bytes ModelRunner::run(ConstBytes input) {
  return run(input, [](std::uint32_t) {});
}

host::Bytes ModelRunner::run(ConstBytes input, const std::function<void(std::uint32_t)>& done) {
  if (input.size() != input_size())
    throw host::Error(
        fmt::format("{}: the model's input has {} bytes, not {}", name_, input_size(), input.size()));
  copy_bytes(input, interpreter_.input());
  if (interpreter_.invoke(done) != InterpreterStatus::ok)
    throw host::Error(name_ + ": an operator failed while the model ran");
  return {interpreter_.output().begin(), interpreter_.output().end()};
}

host::Bytes ModelRunner::generated_input(std::uint32_t seed) const {
  if (input_tensor().type != TensorType::FLOAT32) return model::generated_input(model_, seed);
  if (seed == 0) throw host::Error("the seed of a generated input is not 0");
  GeneratedInput random(seed);
  host::Bytes bytes(model::byte_count(input_tensor()));
  for (std::size_t i = 0; i + 4 <= bytes.size(); i += 4) {
    const int low = random.next(), high = random.next();
    store_le32(&bytes[i], interpreter::bits_of(static_cast<float>(high * 256 + low - 32768) / 32768.0F));
  }
  return bytes;
}

std::vector<double> stored_values(ConstBytes bytes, const model::Tensor& tensor) {
  std::vector<double> values;
  const std::size_t size = model::element_size(tensor.type);
  if (size == 0) return values;
  for (std::size_t i = 0; i + size <= bytes.size(); i += size) {
    const std::uint8_t* p = bytes.data() + i;
    switch (tensor.type) {
      case TensorType::INT8:
        values.push_back(static_cast<std::int8_t>(*p));
        break;
      case TensorType::UINT8:
        values.push_back(*p);
        break;
      case TensorType::INT16:
        values.push_back(static_cast<std::int16_t>(load_le16(p)));
        break;
      case TensorType::INT32:
        values.push_back(static_cast<std::int32_t>(load_le32(p)));
        break;
      case TensorType::FLOAT32:
        values.push_back(static_cast<double>(interpreter::float_of(load_le32(p))));
        break;
      default:
        return values;
    }
  }
  return values;
}

std::vector<double> real_values(ConstBytes bytes, const model::Tensor& tensor) {
  std::vector<double> values = stored_values(bytes, tensor);
  if (!tensor.quantization.present()) return values;
  const double scale = static_cast<double>(tensor.quantization.scales.front());
  const double zero = static_cast<double>(tensor.quantization.zero_points.front());
  for (double& value : values) value = scale * (value - zero);
  return values;
}

host::Bytes requantised(ConstBytes input, const model::Tensor& from, const model::Tensor& to) {
  host::Bytes bytes(input.begin(), input.end());
  const std::optional<StoredRange> range = stored_range(to.type);
  if (!range || from.type != to.type || !from.quantization.present() || !to.quantization.present() ||
      same_step_and_zero(from.quantization, to.quantization))
    return bytes;
  const auto scale = static_cast<double>(to.quantization.scales.front());
  const auto zero = static_cast<double>(to.quantization.zero_points.front());
  if (!(scale > 0)) return bytes;
  const std::size_t size = model::element_size(to.type);
  const std::vector<double> values = real_values(input, from);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double steps = std::round(values[i] / scale) + zero;
    // What is no number, by a damaged scale, is the lowest value.
    const auto stored =
        static_cast<std::int32_t>(steps > range->low ? std::min(steps, range->high) : range->low);
    for (std::size_t b = 0; b < size; ++b)
      bytes[i * size + b] = static_cast<std::uint8_t>(static_cast<std::uint32_t>(stored) >> (8 * b));
  }
  return bytes;
}

std::size_t top1(const std::vector<double>& values) {
  return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

}  // namespace tmd::host::inference
