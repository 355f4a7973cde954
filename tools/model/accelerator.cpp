// SPDX-License-Identifier: Apache-2.0
#include "model/accelerator.hpp"

#include <fmt/format.h>

#include <array>

#include "tmd/internal/guard/accelerator_stream.hpp"

namespace tmd::host::model {
namespace {

constexpr const char* kEthosU = "ethos-u";
constexpr std::uint32_t kCommandWord = 4;

/// The driver's actions: a word with the action in its low byte, and words that belong to it.
enum class Action : std::uint8_t { configuration = 1, command_stream = 2, nothing = 5 };

/// Reads the actions in front of the commands.
std::optional<AcceleratorConfig> read_stream(ConstBytes stream) {
  ByteReader reader(stream);
  if (!equal_bytes(reader.take(kCommandWord),
                   ConstBytes(reinterpret_cast<const std::uint8_t*>("COP1"), kCommandWord)))
    return std::nullopt;
  while (reader.remaining() >= kCommandWord) {
    const auto action = static_cast<Action>(reader.u32() & 0xFFU);
    if (action == Action::configuration) {
      const AcceleratorConfig found = {reader.u32(), reader.u32()};
      return reader.failed() ? std::nullopt : std::optional(found);
    }
    if (action != Action::nothing) break;
  }
  return std::nullopt;
}

std::uint32_t major(std::uint32_t id) {
  return id >> 28;
}
std::uint32_t minor(std::uint32_t id) {
  return id >> 20 & 0xFFU;
}

}  // namespace

std::optional<AcceleratorConfig> accelerator_of(const Model& model, ConstBytes file) {
  for (const Subgraph& graph : model.subgraphs) {
    for (const Operator& op : graph.operators) {
      const OperatorCode& code = model.code_of(op);
      if (code.builtin != BuiltinOperator::CUSTOM || code.custom_name != kEthosU) continue;
      if (op.inputs.empty() || op.inputs[0] < 0) continue;
      const ByteRange& stream = graph.tensors[static_cast<std::size_t>(op.inputs[0])].data;
      if (const auto config = read_stream(file.slice(stream.offset, stream.size))) return config;
    }
  }
  return std::nullopt;
}

std::string describe(const AcceleratorConfig& config) {
  constexpr std::array kProducts = {"U55", "U65", "U85"};
  const std::uint32_t product = config.config >> 28;
  const std::string name =
      product < kProducts.size() ? kProducts[product] : fmt::format("product {}", product);
  return fmt::format("Ethos-{}-{}, architecture {}.{}", name, 1U << (config.config & 0xFU), major(config.id),
                     minor(config.id));
}

bool runs(const AcceleratorConfig& ours, const AcceleratorConfig& theirs) {
  return runs_stream({ours.config, ours.id}, {theirs.config, theirs.id});
}

}  // namespace tmd::host::model
