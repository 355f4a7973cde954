// SPDX-License-Identifier: Apache-2.0
#include "model/variables.hpp"

#include <algorithm>
#include <limits>

namespace tmd::host::model {
namespace {

/// The variable that a handle tensor stands for; null where no VAR_HANDLE of the graph makes it.
const tflite::VarHandleOptionsT* variable_of(const Subgraph& graph, std::int32_t handle) {
  for (const Operator& op : graph.operators) {
    if (!op.outputs.empty() && op.outputs[0] == handle && op.options.AsVarHandleOptions() != nullptr)
      return op.options.AsVarHandleOptions();
  }
  return nullptr;
}

}  // namespace

ResourceVariables resource_variables(const Model& model) {
  ResourceVariables variables;
  for (const Subgraph& graph : model.subgraphs) {
    for (const Operator& op : graph.operators) {
      if (const auto* made = op.options.AsVarHandleOptions()) variables.try_emplace(made->shared_name, 0);
      if (model.code_of(op).builtin != BuiltinOperator::ASSIGN_VARIABLE) continue;
      if (op.inputs.size() < 2 || op.inputs[0] < 0 || op.inputs[1] < 0) continue;
      const auto* assigned = variable_of(graph, op.inputs[0]);
      if (assigned == nullptr) continue;
      std::uint32_t& bytes = variables[assigned->shared_name];
      bytes = std::max(bytes, byte_count(graph.tensors[static_cast<std::size_t>(op.inputs[1])]));
    }
  }
  return variables;
}

std::uint32_t variable_bytes(const ResourceVariables& variables) {
  std::uint64_t total = 0;
  for (const auto& [name, bytes] : variables) total += bytes;
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::min(total, kMost));
}

std::uint32_t variable_arena(std::size_t count) {
  // A MicroAllocator with its arena allocator and planner (40, 44 and 36 bytes), the table's head, 20 bytes for each
  // variable, and what alignment to 16 bytes may cost each of them.
  constexpr std::uint32_t kFixed = 40 + 44 + 36 + 12 + 5 * 16;
  constexpr std::uint32_t kEach = 20;
  return count == 0 ? 0 : (kFixed + kEach * static_cast<std::uint32_t>(count) + 15) / 16 * 16;
}

}  // namespace tmd::host::model
