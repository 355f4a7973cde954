// SPDX-License-Identifier: Apache-2.0
#include "model/arena.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "base/error.hpp"
#include "model/lifetimes.hpp"
#include "model/variables.hpp"

namespace tmd::host::model {
namespace {

// Sizes of TFLM's structures on a 32-bit target, in bytes (tensorflow/lite/micro/micro_allocator.h and what
// it includes, in a build without recording).
constexpr std::uint64_t kArenaAllocator = 40;
constexpr std::uint64_t kGreedyPlanner = 44;
constexpr std::uint64_t kMicroAllocator = 36;
constexpr std::uint64_t kOptionsAllocator = 8;
constexpr std::uint64_t kSubgraphAllocations = 8;
constexpr std::uint64_t kEvalTensor = 12;
constexpr std::uint64_t kNodeAndRegistration = 32;
constexpr std::uint64_t kTensor = 40;
constexpr std::uint64_t kAffineQuantization = 12;
constexpr std::uint64_t kResourceVariables = 12;
constexpr std::uint64_t kResourceVariable = 20;
constexpr std::uint64_t kScratchHandle = 4;
constexpr std::uint64_t kScratchRequest = 12;
constexpr std::uint64_t kScratchRequestsPerOperator = 12;
constexpr std::uint64_t kAllocationInfo = 24;
constexpr std::uint64_t kPlannerEntry = 40;
constexpr std::uint64_t kWord = 4;
constexpr std::uint64_t kBuffer = 16;  // alignment of everything that kernels ask for
/// The planner's gap search takes time quadratic in this.
constexpr std::size_t kMostBuffers = 10000;

/// The arena as TFLM fills it: what stays grows down from its end, the rest lies at its start.
class Tail {
 public:
  void take(std::uint64_t size, std::uint64_t alignment) {
    used_ += size;
    used_ = (used_ + alignment - 1) / alignment * alignment;
    peak_ = std::max(peak_, used_);
  }
  /// So many bytes are in use at the arena's start at this moment.
  void with_head(std::uint64_t head) { peak_ = std::max(peak_, used_ + head); }
  std::uint64_t used() const { return used_; }
  std::uint64_t peak() const { return peak_; }

 private:
  std::uint64_t used_ = 0;
  std::uint64_t peak_ = 0;
};

/// TfLiteTensor with its quantisation, which TFLM copies for kernels and for the application.
std::uint64_t tensor_structures(const Tensor& tensor) {
  std::uint64_t size = kTensor;
  if (tensor.quantization.present())
    size += kAffineQuantization + kWord + kWord * tensor.quantization.scales.size();
  return size;
}

class Arena {
 public:
  Arena(const Model& model, TflmRevision revision, KernelSet kernels) : model_(model) {
    for (const Subgraph& graph : model.subgraphs) {
      memories_.emplace_back();
      for (const Operator& op : graph.operators) {
        memories_.back().push_back(kernel_memory(model, graph, op, revision));
        add_optimised(memories_.back().back(), kernels, model, graph, op);
      }
    }
  }

  ArenaEstimate fill() {
    allocate_fixed_parts();
    allocate_graphs();
    prepare_kernels();
    allocate_variables();
    const std::uint64_t head = plan();
    allocate_inputs_and_outputs();
    tail_.with_head(head);

    ArenaEstimate estimate;
    estimate.non_persistent = head;
    estimate.persistent = tail_.used();
    estimate.while_planning = tail_.peak();
    // The arena's end need not be aligned, and each of the two parts may then lose a little.
    constexpr std::uint64_t kMargin = 2 * kBuffer;
    estimate.arena =
        (std::max(tail_.peak(), head + tail_.used()) + kMargin + kBuffer - 1) / kBuffer * kBuffer;
    estimate.unknown_kernels.assign(unknown_.begin(), unknown_.end());
    estimate.unknown_bytes = unknown_bytes_;
    return estimate;
  }

 private:
  template <class Visit>
  void for_each_operator(Visit visit) {
    for (std::size_t g = 0; g < model_.subgraphs.size(); ++g) {
      for (std::size_t i = 0; i < model_.subgraphs[g].operators.size(); ++i)
        visit(model_.subgraphs[g], model_.subgraphs[g].operators[i], memories_[g][i]);
    }
  }

  void allocate_fixed_parts() {
    tail_.take(kArenaAllocator, kWord);
    tail_.take(kGreedyPlanner, kWord);
    tail_.take(kMicroAllocator, kWord);
    const std::size_t variables = resource_variables(model_).size();
    if (variables != 0) {
      tail_.take(kResourceVariables, kBuffer);
      tail_.take(kResourceVariable * variables, kBuffer);
    }
    tail_.take(kOptionsAllocator, kWord);
  }

  void allocate_graphs() {
    tail_.take(kSubgraphAllocations * model_.subgraphs.size(), kWord);
    for (const Subgraph& graph : model_.subgraphs) tail_.take(kEvalTensor * graph.tensors.size(), kWord);
    for (const Subgraph& graph : model_.subgraphs)
      tail_.take(kNodeAndRegistration * graph.operators.size(), kWord);
    for_each_operator([&](const Subgraph&, const Operator&, const KernelMemory& memory) {
      if (memory.options != 0) tail_.take(memory.options, memory.options < kWord ? 1 : kWord);
    });
    for_each_operator([&](const Subgraph&, const Operator& op, const KernelMemory& memory) {
      if (memory.user_data != 0) tail_.take(memory.user_data, kBuffer);
      if (memory.known) return;
      unknown_.insert(operator_name(model_.code_of(op)));
      unknown_bytes_ += memory.options + memory.user_data;
      for (const std::uint64_t size : memory.persistent) unknown_bytes_ += size;
    });
  }

  /// What kernels keep, and the temporary copies of tensor structures while they prepare.
  void prepare_kernels() {
    for_each_operator([&](const Subgraph& graph, const Operator& op, const KernelMemory& memory) {
      std::uint64_t temporary = 0;
      for (const auto* indices : {&op.inputs, &op.outputs}) {
        for (const std::int32_t t : *indices) {
          if (t >= 0) temporary += tensor_structures(graph.tensors[static_cast<std::size_t>(t)]);
        }
      }
      for (const std::uint64_t size : memory.persistent) tail_.take(size, kBuffer);
      allocate_resource(graph, op);
      scratch_count_ += memory.scratch.size();
      tail_.with_head(request_list() + temporary);
    });
  }

  /// ASSIGN_VARIABLE of a resource allocates its buffer when it is prepared for the first time.
  void allocate_resource(const Subgraph& graph, const Operator& op) {
    if (model_.code_of(op).builtin != BuiltinOperator::ASSIGN_VARIABLE) return;
    if (op.inputs.size() < 2 || op.inputs[0] < 0 || op.inputs[1] < 0) return;
    std::string name;
    for (const Operator& other : graph.operators) {
      const auto* handle = other.options.AsVarHandleOptions();
      if (handle != nullptr && !other.outputs.empty() && other.outputs[0] == op.inputs[0])
        name = handle->shared_name;
    }
    if (!allocated_.insert(name).second) return;
    tail_.take(byte_count(graph.tensors[static_cast<std::size_t>(op.inputs[1])]), kBuffer);
  }

  void allocate_variables() {
    for (const Subgraph& graph : model_.subgraphs) {
      tail_.take(kScratchHandle * scratch_count_, kWord);
      for (const Tensor& tensor : graph.tensors) {
        if (tensor.is_variable) tail_.take(byte_count(tensor), kBuffer);
      }
    }
  }

  /// Bytes of the planned part. While it plans, TFLM keeps its lists at the start of the arena.
  std::uint64_t plan() {
    std::size_t tensors = 0;
    for (const Subgraph& graph : model_.subgraphs) tensors += graph.tensors.size();
    const std::vector<PlannedBuffer> buffers = buffers_to_plan(model_, memories_);
    if (buffers.size() > kMostBuffers)
      throw host::Error(
          fmt::format("the model has {} activations, more than an interpreter can plan", buffers.size()));
    tail_.with_head(request_list() + kWord * model_.subgraphs.size() +
                    kAllocationInfo * (tensors + scratch_count_) + kBuffer + kPlannerEntry * buffers.size());
    return planned_size(buffers);
  }

  void allocate_inputs_and_outputs() {
    for (const auto* indices : {&model_.main().inputs, &model_.main().outputs}) {
      tail_.take(kPointer * indices->size(), kBuffer);
      for (const std::int32_t t : *indices) {
        const Tensor& tensor = model_.main().tensors[static_cast<std::size_t>(t)];
        tail_.take(tensor_structures(tensor), kWord);
      }
    }
  }

  std::uint64_t request_list() const {
    return kScratchRequest * (scratch_count_ + kScratchRequestsPerOperator);
  }

  const Model& model_;
  KernelMemories memories_;
  Tail tail_;
  std::uint64_t scratch_count_ = 0;
  std::set<std::string> allocated_;
  std::set<std::string> unknown_;
  std::uint64_t unknown_bytes_ = 0;
};

}  // namespace

ArenaEstimate estimate_arena(const Model& model, TflmRevision revision, KernelSet kernels) {
  return Arena(model, revision, kernels).fill();
}

ArenaEstimate estimate_arena(const Model& model, const ArenaChoice& choice) {
  return estimate_arena(model, parse_tflm(choice.tflm), parse_kernel_set(choice.kernels));
}

TflmRevision parse_tflm(const std::string& text) {
  if (text.empty()) return kNewestTflm;
  constexpr std::size_t kYear = 4;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  bool good = text.size() == kYear + 3 && text[kYear] == '-';
  for (std::size_t i = 0; good && i < text.size(); ++i) good = i == kYear || is_digit(text[i]);
  const unsigned long month = good ? std::stoul(text.substr(kYear + 1)) : 0;
  if (month < 1 || month > 12) throw host::Error(fmt::format("'{}' is no year and month as 2026-01", text));
  return static_cast<TflmRevision>(std::stoul(text.substr(0, kYear)) * 100 + month);
}

std::uint32_t arena_bytes(const Model& model, const ArenaChoice& choice) {
  // A number that would read as a bound is one byte more.
  const auto as_exact = [](std::uint32_t bytes) { return is_arena_bound(bytes) ? bytes + 1 : bytes; };
  if (choice.explicit_bytes != 0) return as_exact(choice.explicit_bytes);
  if (!(choice.factor > 0)) throw host::Error("the arena factor must be above zero");
  const ArenaEstimate estimate = estimate_arena(model, choice);
  const double bytes = std::ceil(static_cast<double>(estimate.arena) * choice.factor);
  if (bytes > std::numeric_limits<std::uint32_t>::max())
    throw host::Error("the model needs an arena of more than 4 GB, which no microcontroller has");
  const auto exact = static_cast<std::uint32_t>(bytes);
  if (estimate.unknown_kernels.empty()) return as_exact(exact);
  return (exact + 15) / 16 * 16 + 1;
}

}  // namespace tmd::host::model
