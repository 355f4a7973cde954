// SPDX-License-Identifier: Apache-2.0
#include "model/lifetimes.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <string_view>

#include "base/error.hpp"

namespace tmd::host::model {
namespace {

constexpr std::uint64_t kBufferAlignment = 16;
constexpr unsigned kMaxCallDepth = 8;
/// Steps of one inference without loops; models for microcontrollers have some hundreds.
constexpr int kMaxSteps = 200000;

std::uint64_t aligned(std::uint64_t size) {
  return (size + kBufferAlignment - 1) & ~(kBufferAlignment - 1);
}

/// The subgraphs that an operator runs, in TFLM's order.
std::vector<std::int32_t> called_by(const Operator& op) {
  if (const auto* once = op.options.AsCallOnceOptions()) return {once->init_subgraph_index};
  if (const auto* branch = op.options.AsIfOptions())
    return {branch->then_subgraph_index, branch->else_subgraph_index};
  if (const auto* loop = op.options.AsWhileOptions())
    return {loop->cond_subgraph_index, loop->body_subgraph_index};
  return {};
}

class LifetimeMarker {
 public:
  LifetimeMarker(const Model& model, const KernelMemories& memories) : model_(model) {
    for (std::size_t g = 0; g < model.subgraphs.size(); ++g) {
      tensors_.emplace_back(model.subgraphs[g].tensors.size());
      scratch_.emplace_back();
      for (const KernelMemory& memory : memories[g]) {
        scratch_[g].emplace_back();
        for (const std::uint64_t size : memory.scratch)
          scratch_[g].back().push_back({aligned(size), -1, -1, std::nullopt});
      }
    }
  }

  void mark(std::size_t graph_index, unsigned depth) {
    if (depth > kMaxCallDepth)
      throw host::Error("the model's subgraphs call each other without end, which no interpreter can run");
    const Subgraph& graph = model_.subgraphs[graph_index];
    std::vector<PlannedBuffer>& tensors = tensors_[graph_index];
    for (const std::int32_t t : graph.inputs) {
      create(tensors[static_cast<std::size_t>(t)]);
      use(tensors, t);
    }
    for (std::size_t i = 0; i < graph.operators.size(); ++i) {
      const Operator& op = graph.operators[i];
      advance();
      for (const std::int32_t t : op.outputs) {
        if (t >= 0) create(tensors[static_cast<std::size_t>(t)]);
      }
      const int start = step_;
      for (const std::int32_t called : called_by(op)) {
        check_called(called, graph_index, i);
        call(called, depth);
      }
      for (const std::int32_t t : op.inputs) use(tensors, t);
      for (const std::int32_t t : op.outputs) use(tensors, t);
      for (PlannedBuffer& buffer : scratch_[graph_index][i]) {
        if (buffer.first_step < 0) buffer.first_step = start;
        buffer.last_step = step_;
      }
    }
    for (const std::int32_t t : graph.outputs) {
      create(tensors[static_cast<std::size_t>(t)]);
      use(tensors, t);
    }
  }

  std::vector<PlannedBuffer> buffers() const {
    std::vector<PlannedBuffer> all;
    const std::vector<std::int32_t>& offline = model_.offline_plan;
    for (std::size_t g = 0; g < model_.subgraphs.size(); ++g) {
      for (std::size_t t = 0; t < tensors_[g].size(); ++t) {
        const Tensor& tensor = model_.subgraphs[g].tensors[t];
        PlannedBuffer buffer = tensors_[g][t];
        buffer.size = aligned(byte_count(tensor));
        if (t < offline.size() && offline[t] >= 0)
          buffer.fixed_offset = static_cast<std::uint64_t>(offline[t]);
        if (!tensor.is_constant() && !tensor.is_variable && buffer.size != 0) all.push_back(buffer);
      }
    }
    for (const auto& graph : scratch_) {
      for (const auto& op : graph) all.insert(all.end(), op.begin(), op.end());
    }
    return all;
  }

 private:
  void advance() {
    if (++step_ > kMaxSteps)
      throw host::Error("the model runs more operators than any interpreter could plan");
  }
  /// A subgraph that runs several times keeps what it needs from the first time to the last.
  void create(PlannedBuffer& buffer) const {
    if (buffer.first_step < 0) buffer.first_step = step_;
  }
  void use(std::vector<PlannedBuffer>& tensors, std::int32_t index) const {
    if (index >= 0) tensors[static_cast<std::size_t>(index)].last_step = step_;
  }
  void check_called(std::int32_t graph, std::size_t from, std::size_t operation) const {
    if (graph >= 0 && static_cast<std::size_t>(graph) < model_.subgraphs.size()) return;
    throw host::Error(fmt::format(
        "operator {} of subgraph {}, {}, calls subgraph {}, which is not there: export the model again",
        operation, from, operator_name(model_.code_of(model_.subgraphs[from].operators[operation])), graph));
  }
  void call(std::int32_t graph, unsigned depth) {
    advance();
    mark(static_cast<std::size_t>(graph), depth + 1);
  }

  const Model& model_;
  std::vector<std::vector<PlannedBuffer>> tensors_;
  std::vector<std::vector<std::vector<PlannedBuffer>>> scratch_;
  int step_ = 0;
};

}  // namespace

std::vector<PlannedBuffer> buffers_to_plan(const Model& model, const KernelMemories& memories) {
  LifetimeMarker marker(model, memories);
  marker.mark(0, 0);
  return marker.buffers();
}

}  // namespace tmd::host::model
