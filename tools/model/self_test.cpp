// SPDX-License-Identifier: Apache-2.0
#include "model/self_test.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/numbers.hpp"
#include "format/container.hpp"
#include "tmd/digest/crc32.hpp"
#include "tmd/internal/guard/self_test_entry.hpp"

namespace tmd::host::model {
namespace {

const Tensor& tensor_of(const Model& model, std::int32_t index) {
  return model.main().tensors[static_cast<std::size_t>(index)];
}

std::uint64_t total_bytes(const Model& model, const std::vector<std::int32_t>& tensors) {
  std::uint64_t total = 0;
  for (const std::int32_t index : tensors) total += byte_count(tensor_of(model, index));
  return total;
}

void append_top1(host::Bytes& out, std::uint32_t index, const Model* target) {
  if (target == nullptr || target->main().outputs.empty())
    throw host::Error("a top-1 is told of a TFLite model's output; give the expected output or its CRC-32");
  const Tensor& output = tensor_of(*target, target->main().outputs.front());
  const auto type = static_cast<std::uint8_t>(output.type);
  if (score_size(type) == 0)
    throw host::Error(fmt::format(
        "the model's first output is {}, of which no top-1 is told; give the expected output or its CRC-32",
        type_name(output.type)));
  const std::uint32_t elements = byte_count(output) / score_size(type);
  if (index >= elements)
    throw host::Error(fmt::format("the model's first output has {} elements: the top-1 is 0 to {}, not {}",
                                  elements, elements - std::min(elements, 1U), index));
  out.push_back(static_cast<std::uint8_t>(Expectation::top1));
  out.push_back(type);
  format::append_varint(out, elements);
  format::append_varint(out, index);
}

std::uint32_t crc_of_output(const SelfTestPlan& plan, const Model* target) {
  if (plan.crc) return *plan.crc;
  if (!plan.output) throw host::Error("the self-test has no expectation");
  const std::uint64_t needed = target == nullptr ? 0 : total_bytes(*target, target->main().outputs);
  if (target != nullptr && plan.output->size() != needed)
    throw host::Error(fmt::format(
        "the expected output has {} bytes, but the model's outputs have {}; give them as they lie in memory",
        plan.output->size(), needed));
  return Crc32::of(host::view(*plan.output));
}

void append_input(host::Bytes& out, const SelfTestPlan& plan, const Model* target) {
  if (plan.seed) {
    if (target == nullptr) throw host::Error("an input is generated for TFLite models only; give one");
    (void)generated_input(*target, *plan.seed);
    out.push_back(static_cast<std::uint8_t>(TestInput::generated));
    return host::append_le32(out, *plan.seed);
  }
  if (!plan.input) throw host::Error("the self-test has no input");
  const std::uint64_t needed = target == nullptr ? 0 : total_bytes(*target, target->main().inputs);
  if (target != nullptr && plan.input->size() != needed)
    throw host::Error(fmt::format(
        "the self-test's input has {} bytes, but the model's inputs have {}; give them as they lie in memory",
        plan.input->size(), needed));
  out.push_back(static_cast<std::uint8_t>(TestInput::given));
  out.insert(out.end(), plan.input->begin(), plan.input->end());
}

bool is_whole_numbers(TensorType type) {
  switch (type) {
    case TensorType::INT8:
    case TensorType::UINT8:
    case TensorType::INT16:
    case TensorType::UINT16:
    case TensorType::INT32:
    case TensorType::UINT32:
      return true;
    default:
      return false;
  }
}

}  // namespace

host::Bytes encode_self_test(const SelfTestPlan& plan, const Model* target) {
  host::Bytes out;
  if (plan.top1) {
    append_top1(out, *plan.top1, target);
  } else {
    out.push_back(static_cast<std::uint8_t>(Expectation::crc32));
    host::append_le32(out, crc_of_output(plan, target));
  }
  append_input(out, plan, target);
  constexpr std::size_t kLargest = 0xFFFF;
  if (out.size() > kLargest)
    throw host::Error(fmt::format(
        "the self-test takes {} bytes, more than a manifest holds ({}); generate its input from a "
        "seed instead",
        out.size(), kLargest));
  return out;
}

host::Bytes generated_input(const Model& model, std::uint32_t seed) {
  if (seed == 0) throw host::Error("the seed of a self-test is not 0");
  for (const std::int32_t index : model.main().inputs) {
    const Tensor& input = tensor_of(model, index);
    if (!is_whole_numbers(input.type))
      throw host::Error(
          fmt::format("input '{}' is {}: an input is generated for whole numbers only; give one in a file",
                      input.name, type_name(input.type)));
  }
  constexpr std::uint64_t kLargest = 1U << 26;
  const std::uint64_t size = total_bytes(model, model.main().inputs);
  if (size > kLargest) throw host::Error("the model's inputs are too large for any microcontroller");
  host::Bytes bytes(size);
  GeneratedInput random(seed);
  for (std::uint8_t& byte : bytes) byte = random.next();
  return bytes;
}

std::string describe_self_test(ConstBytes value) {
  SelfTestEntry entry;
  if (parse_self_test(value, entry) != Status::ok) return host::to_hex(value);
  const bool generated = entry.input == TestInput::generated;
  const std::string input = generated ? fmt::format("input generated from {}", entry.seed)
                                      : fmt::format("input of {} bytes", value.size() - entry.input_offset);
  if (entry.expectation == Expectation::crc32)
    return fmt::format("{}, output CRC-32 {:08x}", input, entry.crc);
  return fmt::format("{}, top-1 {} of {} {}", input, entry.top1, entry.elements,
                     type_name(static_cast<TensorType>(entry.score_type)));
}

}  // namespace tmd::host::model
