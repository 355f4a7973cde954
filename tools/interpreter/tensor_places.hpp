// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "interpreter/activation_plan.hpp"
#include "interpreter/model_view.hpp"
#include "interpreter/status.hpp"
#include "tmd/bytes.hpp"

namespace tmd::host::interpreter {

/// Where a model's tensors lie in the arena: activations where TFLM's planner places them, after them the variables
/// that the model keeps between inferences. The tensors of all subgraphs are counted through.
template <std::uint32_t kMaxTensors>
class TensorPlaces {
 public:
  /// Finds a place for each tensor; what it takes is in `needed()` then.
  InterpreterStatus assign(const ModelView& model) {
    planned_ = needed_ = 0;
    std::uint32_t count = 0;
    InterpreterStatus status = measure(model, count);
    std::uint32_t step = 1;
    if (status == InterpreterStatus::ok) status = mark<0>(model, 0, step);
    if (status != InterpreterStatus::ok) return status;
    std::uint64_t needed = plan_places(places_, count);
    if (needed > ModelView::kLargestTensor) return InterpreterStatus::unsupported;
    planned_ = static_cast<std::uint32_t>(needed);
    for (std::uint32_t g = 0; g < model.subgraph_count(); ++g) {
      status = place_variables(model, g, needed);
      if (status != InterpreterStatus::ok) return status;
    }
    if (needed > ModelView::kLargestTensor) return InterpreterStatus::unsupported;
    needed_ = static_cast<std::uint32_t>(needed);
    return InterpreterStatus::ok;
  }

  /// The place of a tensor by its number, which for a subgraph's first one is `base_of`.
  const Place& operator[](std::uint32_t tensor) const { return places_[tensor]; }
  static std::uint32_t base_of(const ModelView& model, std::uint32_t graph) {
    std::uint32_t base = 0;
    for (std::uint32_t g = 0; g < graph; ++g) base += model.graph(g).tensors.size();
    return base;
  }

  /// Bytes of the whole, and those of activations alone; 0 where a model was refused before they were known.
  std::uint32_t needed() const { return needed_; }
  std::uint32_t planned() const { return planned_; }
  void forget_sizes() { needed_ = planned_ = 0; }

 private:
  /// How large each tensor is, and how many there are.
  InterpreterStatus measure(const ModelView& model, std::uint32_t& count) {
    for (std::uint32_t g = 0; g < model.subgraph_count(); ++g) {
      const GraphView graph = model.graph(g);
      if (graph.tensors.size() > kMaxTensors - count) return InterpreterStatus::too_many;
      for (std::uint32_t i = 0; i < graph.tensors.size(); ++i) {
        const TensorView tensor = model.tensor(graph, i);
        if (!tensor.good) return InterpreterStatus::unsupported;
        Place& place = places_[count++];
        place = Place{};
        if (tensor.constant.empty() && tensor.type != kResource)
          place.size = (tensor.bytes() + kPlanAlignment - 1) & ~(kPlanAlignment - 1);
      }
    }
    return InterpreterStatus::ok;
  }

  /// Says of every tensor from which step to which it is needed. Steps count operators in the order in which they
  /// run; subgraphs may be called from the main one only.
  template <int kDepth>
  InterpreterStatus mark(const ModelView& model, std::uint32_t graph_index, std::uint32_t& step) {
    const GraphView graph = model.graph(graph_index);
    const std::uint32_t base = base_of(model, graph_index);
    const auto touch = [&](std::uint32_t tensor) {
      if (tensor < graph.tensors.size()) places_[base + tensor].touch(static_cast<std::uint16_t>(step));
    };
    const auto touch_all = [&](FlatVector tensors) {
      for (std::uint32_t i = 0; i < tensors.size(); ++i) touch(tensors.uint32(i));
    };
    touch_all(graph.inputs);
    touch_all(graph.outputs);
    for (std::uint32_t i = 0; i < graph.operators.size(); ++i) {
      if (++step > 0xF000) return InterpreterStatus::unsupported;
      const OperatorView op = model.operation(graph, i);
      // A result needs no memory before it is computed, a model's output neither.
      for (std::uint32_t o = 0; o < op.outputs.size(); ++o) {
        const std::uint32_t tensor = op.outputs.uint32(o);
        if (tensor < graph.tensors.size()) places_[base + tensor].alive = false;
      }
      touch_all(op.outputs);
      if (op.is(Builtin::call_once)) {
        const std::uint32_t called = op.options.uint32(field::kInitSubgraph, 0);
        if (kDepth > 0 || called == 0 || called >= model.subgraph_count())
          return InterpreterStatus::unsupported;
        ++step;
        const InterpreterStatus status = mark<1>(model, called, step);
        if (status != InterpreterStatus::ok) return status;
      }
      touch_all(op.inputs);
      touch_all(op.outputs);
    }
    touch_all(graph.outputs);
    return InterpreterStatus::ok;
  }

  /// Gives each handle of a subgraph the memory of its variable, which handles of one name share.
  InterpreterStatus place_variables(const ModelView& model, std::uint32_t graph_index,
                                    std::uint64_t& needed) {
    const GraphView graph = model.graph(graph_index);
    for (std::uint32_t i = 0; i < graph.operators.size(); ++i) {
      const OperatorView op = model.operation(graph, i);
      if (!op.is(Builtin::var_handle)) continue;
      if (op.outputs.size() != 1 || model.tensor(graph, op.outputs.uint32(0)).type != kResource)
        return InterpreterStatus::malformed;
      Place& place = places_[base_of(model, graph_index) + op.outputs.uint32(0)];
      const std::uint32_t size = variable_size(model, graph, op.outputs.uint32(0));
      const Place* other = find_variable(model, name_of(op), graph_index, i);
      if (other == nullptr) {
        place.offset = static_cast<std::uint32_t>(needed);
        place.size = size;
        needed += (size + kPlanAlignment - 1) & ~(kPlanAlignment - 1);
        if (needed > ModelView::kLargestTensor) return InterpreterStatus::unsupported;
      } else if (size != 0 && other->size != size) {
        return InterpreterStatus::malformed;
      } else {
        place.offset = other->offset;
        place.size = other->size;
      }
    }
    return InterpreterStatus::ok;
  }

  static tmd::ConstBytes name_of(const OperatorView& op) {
    return op.options.vector(field::kSharedName, 1).bytes();
  }
  /// Bytes of what is written to, or read from, the variable behind a handle; 0 where nothing is.
  static std::uint32_t variable_size(const ModelView& model, const GraphView& graph, std::uint32_t handle) {
    for (std::uint32_t i = 0; i < graph.operators.size(); ++i) {
      const OperatorView op = model.operation(graph, i);
      if (op.inputs.size() == 0 || op.inputs.uint32(0) != handle) continue;
      if (op.is(Builtin::assign_variable)) return model.tensor(graph, op.inputs.uint32(1)).bytes();
      if (op.is(Builtin::read_variable)) return model.tensor(graph, op.outputs.uint32(0)).bytes();
    }
    return 0;
  }
  /// The place of the first handle of this name before operator `end` of subgraph `last`; null if none is.
  const Place* find_variable(const ModelView& model, tmd::ConstBytes name, std::uint32_t last,
                             std::uint32_t end) const {
    for (std::uint32_t g = 0; g <= last; ++g) {
      const GraphView graph = model.graph(g);
      const std::uint32_t stop = g == last ? end : graph.operators.size();
      for (std::uint32_t i = 0; i < stop; ++i) {
        const OperatorView op = model.operation(graph, i);
        if (op.is(Builtin::var_handle) && tmd::equal_bytes(name_of(op), name))
          return &places_[base_of(model, g) + op.outputs.uint32(0)];
      }
    }
    return nullptr;
  }

  std::uint32_t needed_ = 0;
  std::uint32_t planned_ = 0;
  Place places_[kMaxTensors] = {};
};

}  // namespace tmd::host::interpreter
