// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "interpreter/activation_plan.hpp"
#include "interpreter/layer_operators.hpp"
#include "interpreter/model_view.hpp"
#include "interpreter/shape_operators.hpp"
#include "interpreter/status.hpp"
#include "interpreter/value_operators.hpp"
#include "tmd/bytes.hpp"

namespace tmd::host::interpreter {

/// What an interpreter has room for. Without float kernels, no operation in floating point is compiled in.
template <std::uint32_t kTensors, bool kWithFloat>
struct Capacity {
  static constexpr std::uint32_t kMaxTensors = kTensors;
  static constexpr bool kFloat = kWithFloat;
};

/// Runs small models straight from the bytes of a `.tflite` file, as TFLite's reference kernels do: int8 ones in
/// integers only, float ones where `Size::kFloat` says so. Without heap, exceptions or recursion, and nothing in
/// a malformed file makes it read or write where it should not: a self-test may run it on a model that is on
/// trial. It is made for being read rather than for speed, and knows the operators of Builtin; it is no
/// replacement for TFLM, whose arithmetic it shares and whose optimised kernels, other operators and tools it
/// does not have.
///
///     Interpreter interpreter;
///     if (interpreter.load(model, arena) != InterpreterStatus::ok) revert();
///     copy_bytes(known_input, interpreter.input());
///     if (interpreter.invoke() != InterpreterStatus::ok) revert();
///     // compare interpreter.output() with what is expected
template <class Size>
class BasicInterpreter {
 public:
  static constexpr std::uint32_t kMaxTensors = Size::kMaxTensors;

  /// Takes a model (which stays where it is, in flash for instance) and working memory of no particular
  /// alignment; both are used until the next load. Checks every operator, so that a later `invoke()` finds
  /// nothing amiss. What the model keeps between inferences begins as zeros.
  InterpreterStatus load(tmd::ConstBytes model, tmd::MutableBytes arena) {
    loaded_ = false;
    initialised_ = false;
    model_ = ModelView(model);
    arena_ = arena;
    arena_needed_ = planned_ = 0;
    if (!model_.is_model()) return InterpreterStatus::malformed;
    main_ = model_.graph(0);
    if (main_.inputs.size() != 1 || main_.outputs.size() != 1) return InterpreterStatus::unsupported;
    InterpreterStatus status = place_tensors();
    if (status == InterpreterStatus::ok) status = walk_all(false);
    if (status == InterpreterStatus::ok && (input().empty() || output().empty())) {
      status = InterpreterStatus::malformed;
    }
    if (status == InterpreterStatus::ok) {
      for (std::uint8_t& byte : arena_.from(planned_)) byte = 0;
    }
    loaded_ = status == InterpreterStatus::ok;
    return status;
  }

  /// Computes the output from what is in `input()`, whose memory other tensors use afterwards. Blocks until done.
  InterpreterStatus invoke() {
    return invoke([](std::uint32_t) {});
  }
  /// The same, with a call of `done(index)` after each operator of the main subgraph.
  template <class Done>
  InterpreterStatus invoke(Done&& done) {
    return loaded_ ? walk_all(true, done) : InterpreterStatus::malformed;
  }

  tmd::MutableBytes input() { return writable(0, main_, main_.inputs.uint32(0)); }
  tmd::ConstBytes output() const {
    const GraphView& graph = main_;
    return readable(0, graph, graph.outputs.uint32(0));
  }
  /// What a tensor of the main subgraph holds, by its index: an operator's inputs and outputs are whole when it is done
  /// with. Empty where there is no such tensor.
  tmd::ConstBytes tensor(std::uint32_t index) const {
    return index < main_.tensors.size() ? readable(0, main_, index) : tmd::ConstBytes();
  }
  TensorView input_tensor() const { return model_.tensor(main_, main_.inputs.uint32(0)); }
  TensorView output_tensor() const { return model_.tensor(main_, main_.outputs.uint32(0)); }

  /// Bytes of the arena: activations as TFLM's planner places them, and variables after them. Known after a load
  /// that was not refused for other reasons than a small arena.
  std::uint32_t arena_needed() const { return arena_needed_; }
  /// Those of activations alone.
  std::uint32_t planned() const { return planned_; }
  /// Forgets what the model keeps between inferences.
  void reset() {
    for (std::uint8_t& byte : arena_.slice(planned_, arena_needed_ - planned_)) byte = 0;
    initialised_ = false;
  }

  /// The quantisation of the input: real = scale * (stored - zero point), the scale as the bits of a float.
  std::uint32_t input_scale_bits() const { return input_tensor().scales.uint32(0); }
  std::int32_t input_zero_point() const { return input_tensor().zero_point; }

 private:
  /// Where the places of a subgraph's tensors begin.
  std::uint32_t base_of(std::uint32_t graph) const {
    std::uint32_t base = 0;
    for (std::uint32_t g = 0; g < graph; ++g) base += model_.graph(g).tensors.size();
    return base;
  }

  InterpreterStatus place_tensors() {
    std::uint32_t count = 0;
    for (std::uint32_t g = 0; g < model_.subgraph_count(); ++g) {
      const GraphView graph = model_.graph(g);
      if (graph.tensors.size() > kMaxTensors - count) return InterpreterStatus::too_many;
      for (std::uint32_t i = 0; i < graph.tensors.size(); ++i) {
        const TensorView tensor = model_.tensor(graph, i);
        if (!tensor.good) return InterpreterStatus::unsupported;
        Place& place = places_[count++];
        place = Place{};
        if (tensor.constant.empty() && tensor.type != kResource)
          place.size = (tensor.bytes() + kPlanAlignment - 1) & ~(kPlanAlignment - 1);
      }
    }
    std::uint32_t step = 1;
    InterpreterStatus status = mark<0>(0, step);
    if (status != InterpreterStatus::ok) return status;
    std::uint64_t needed = plan_places(places_, count);
    if (needed > ModelView::kLargestTensor) return InterpreterStatus::unsupported;
    planned_ = static_cast<std::uint32_t>(needed);
    for (std::uint32_t g = 0; g < model_.subgraph_count(); ++g) {
      status = place_variables(g, needed);
      if (status != InterpreterStatus::ok) return status;
    }
    if (needed > ModelView::kLargestTensor) return InterpreterStatus::unsupported;
    arena_needed_ = static_cast<std::uint32_t>(needed);
    return needed <= arena_.size() ? InterpreterStatus::ok : InterpreterStatus::arena_too_small;
  }

  /// Says of every tensor from which step to which it is needed. Steps count operators in the order in which they
  /// run; subgraphs may be called from the main one only.
  template <int kDepth>
  InterpreterStatus mark(std::uint32_t graph_index, std::uint32_t& step) {
    const GraphView graph = model_.graph(graph_index);
    const std::uint32_t base = base_of(graph_index);
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
      const OperatorView op = model_.operation(graph, i);
      // A result needs no memory before it is computed, a model's output neither.
      for (std::uint32_t o = 0; o < op.outputs.size(); ++o) {
        const std::uint32_t tensor = op.outputs.uint32(o);
        if (tensor < graph.tensors.size()) places_[base + tensor].alive = false;
      }
      touch_all(op.outputs);
      if (op.is(Builtin::call_once)) {
        const std::uint32_t called = op.options.uint32(field::kInitSubgraph, 0);
        if (kDepth > 0 || called == 0 || called >= model_.subgraph_count())
          return InterpreterStatus::unsupported;
        ++step;
        const InterpreterStatus status = mark<1>(called, step);
        if (status != InterpreterStatus::ok) return status;
      }
      touch_all(op.inputs);
      touch_all(op.outputs);
    }
    touch_all(graph.outputs);
    return InterpreterStatus::ok;
  }

  /// Gives each handle of a subgraph the memory of its variable, which handles of one name share.
  InterpreterStatus place_variables(std::uint32_t graph_index, std::uint64_t& needed) {
    const GraphView graph = model_.graph(graph_index);
    for (std::uint32_t i = 0; i < graph.operators.size(); ++i) {
      const OperatorView op = model_.operation(graph, i);
      if (!op.is(Builtin::var_handle)) continue;
      if (op.outputs.size() != 1 || model_.tensor(graph, op.outputs.uint32(0)).type != kResource)
        return InterpreterStatus::malformed;
      Place& place = places_[base_of(graph_index) + op.outputs.uint32(0)];
      const std::uint32_t size = variable_size(graph, op.outputs.uint32(0));
      const Place* other = find_variable(name_of(op), graph_index, i);
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
  std::uint32_t variable_size(const GraphView& graph, std::uint32_t handle) const {
    for (std::uint32_t i = 0; i < graph.operators.size(); ++i) {
      const OperatorView op = model_.operation(graph, i);
      if (op.inputs.size() == 0 || op.inputs.uint32(0) != handle) continue;
      if (op.is(Builtin::assign_variable)) return model_.tensor(graph, op.inputs.uint32(1)).bytes();
      if (op.is(Builtin::read_variable)) return model_.tensor(graph, op.outputs.uint32(0)).bytes();
    }
    return 0;
  }
  /// The place of the first handle of this name before operator `end` of subgraph `last`; null if none is.
  const Place* find_variable(tmd::ConstBytes name, std::uint32_t last, std::uint32_t end) const {
    for (std::uint32_t g = 0; g <= last; ++g) {
      const GraphView graph = model_.graph(g);
      const std::uint32_t stop = g == last ? end : graph.operators.size();
      for (std::uint32_t i = 0; i < stop; ++i) {
        const OperatorView op = model_.operation(graph, i);
        if (op.is(Builtin::var_handle) && tmd::equal_bytes(name_of(op), name))
          return &places_[base_of(g) + op.outputs.uint32(0)];
      }
    }
    return nullptr;
  }

  tmd::MutableBytes writable(std::uint32_t base, const GraphView& graph, std::uint32_t index) const {
    if (index >= graph.tensors.size()) return {};
    const Place& place = places_[base + index];
    if (place.offset == Place::kNowhere) return {};
    const TensorView tensor = model_.tensor(graph, index);
    return arena_.slice(place.offset, tensor.type == kResource ? place.size : tensor.bytes());
  }
  tmd::ConstBytes readable(std::uint32_t base, const GraphView& graph, std::uint32_t index) const {
    const TensorView tensor = model_.tensor(graph, index);
    return tensor.constant.empty() ? tmd::ConstBytes(writable(base, graph, index)) : tensor.constant;
  }

  template <class Done>
  InterpreterStatus walk_all(bool run, Done&& done) {
    for (std::uint32_t i = 0; i < main_.operators.size(); ++i) {
      const OperatorView op = model_.operation(main_, i);
      InterpreterStatus status = InterpreterStatus::ok;
      if (!op.is(Builtin::call_once)) {
        status = step(main_, 0, op, run);
      } else if (!run || !initialised_) {
        status = walk_called(op.options.uint32(field::kInitSubgraph, 0), run);
      }
      if (status != InterpreterStatus::ok) return status;
      if (run) done(i);
    }
    initialised_ = initialised_ || run;
    return InterpreterStatus::ok;
  }
  InterpreterStatus walk_all(bool run) {
    return walk_all(run, [](std::uint32_t) {});
  }
  InterpreterStatus walk_called(std::uint32_t graph_index, bool run) {
    const GraphView graph = model_.graph(graph_index);
    const std::uint32_t base = base_of(graph_index);
    for (std::uint32_t i = 0; i < graph.operators.size(); ++i) {
      const InterpreterStatus status = step(graph, base, model_.operation(graph, i), run);
      if (status != InterpreterStatus::ok) return status;
    }
    return InterpreterStatus::ok;
  }

  Operand operand(const GraphView& graph, std::uint32_t base, std::uint32_t index) const {
    Operand operand;
    operand.view = model_.tensor(graph, index);
    if (!operand.view.good) return operand;
    operand.bytes = readable(base, graph, index);
    if (operand.view.constant.empty()) operand.writable = writable(base, graph, index);
    return operand;
  }

  /// Checks one operator and, if `run`, computes it.
  InterpreterStatus step(const GraphView& graph, std::uint32_t base, const OperatorView& op, bool run) {
    if (op.code < 0) return InterpreterStatus::malformed;
    if (op.is(Builtin::var_handle)) return InterpreterStatus::ok;
    if (op.inputs.size() == 0) return InterpreterStatus::unsupported;
    const Operand input = operand(graph, base, op.inputs.uint32(0));
    if (op.is(Builtin::assign_variable)) {
      const Operand value = operand(graph, base, op.inputs.uint32(1));
      return op.inputs.size() == 2 && input.is(kResource) ? assign(value.bytes, input.writable, run)
                                                          : InterpreterStatus::malformed;
    }
    if (op.outputs.size() != 1) return InterpreterStatus::unsupported;
    const Operand output = operand(graph, base, op.outputs.uint32(0));
    if (input.bytes.empty() || output.writable.empty()) return InterpreterStatus::unsupported;
    if (op.is(Builtin::read_variable))
      return input.is(kResource) ? assign(input.bytes, output.writable, run) : InterpreterStatus::malformed;
    if (input.is(kResource) || output.is(kResource)) return InterpreterStatus::malformed;
    const auto other = [&](std::uint32_t i) {
      return i < op.inputs.size() && op.inputs.int32(i) >= 0 ? operand(graph, base, op.inputs.uint32(i))
                                                             : Operand();
    };
    switch (static_cast<Builtin>(op.code)) {
      case Builtin::conv_2d:
      case Builtin::depthwise_conv_2d:
      case Builtin::fully_connected:
      case Builtin::max_pool_2d:
      case Builtin::average_pool_2d:
        return layer(op, input, output, run, other);
      case Builtin::concatenation:
      case Builtin::expand_dims:
      case Builtin::pack:
      case Builtin::pad:
      case Builtin::reshape:
      case Builtin::shape:
      case Builtin::squeeze:
      case Builtin::strided_slice:
      case Builtin::transpose:
        return move(op, ShapeOperators{op.options, input, output, run}, other);
      default:
        return compute(op, ValueOperators<Size::kFloat>{op.options, input, output, run}, other);
    }
  }

  static InterpreterStatus assign(tmd::ConstBytes from, tmd::MutableBytes to, bool run) {
    if (from.empty() || from.size() != to.size()) return InterpreterStatus::malformed;
    if (run) tmd::copy_bytes(from, to);
    return InterpreterStatus::ok;
  }

  template <class Other>
  static InterpreterStatus layer(const OperatorView& op, const Operand& input, const Operand& output,
                                 bool run, Other&& other) {
    LayerOperators<Size::kFloat> layer;
    layer.options = op.options;
    layer.input = input;
    layer.output = output;
    layer.weights = other(1);
    layer.biases = other(2);
    layer.has_weights = layer.weights.view.good && !layer.weights.bytes.empty();
    layer.has_biases = op.inputs.size() > 2 && op.inputs.int32(2) >= 0;
    layer.run = run;
    if (layer.has_biases && (!layer.biases.view.good || layer.biases.bytes.empty()))
      return InterpreterStatus::malformed;
    switch (static_cast<Builtin>(op.code)) {
      case Builtin::conv_2d:
        return layer.convolution(false);
      case Builtin::depthwise_conv_2d:
        return layer.convolution(true);
      case Builtin::fully_connected:
        return layer.fully_connected();
      default:
        return layer.pool(op.is(Builtin::max_pool_2d));
    }
  }

  template <class Other>
  static InterpreterStatus move(const OperatorView& op, const ShapeOperators& movement, Other&& other) {
    switch (static_cast<Builtin>(op.code)) {
      case Builtin::pad:
        return movement.pad(IntegerList(other(1).view));
      case Builtin::transpose:
        return movement.transpose(IntegerList(other(1).view));
      case Builtin::strided_slice:
        return movement.strided_slice(IntegerList(other(1).view), IntegerList(other(2).view),
                                      IntegerList(other(3).view));
      case Builtin::shape:
        return movement.shape();
      case Builtin::concatenation:
      case Builtin::pack:
        return join(op, movement, other);
      default:
        return movement.copy();
    }
  }

  template <class Other>
  static InterpreterStatus join(const OperatorView& op, const ShapeOperators& movement, Other&& other) {
    std::uint32_t offset = 0;
    std::uint64_t elements = 0;
    for (std::uint32_t i = 0; i < op.inputs.size(); ++i) {
      const Operand part = other(i);
      if (!part.view.good || part.bytes.empty()) return InterpreterStatus::unsupported;
      elements += part.view.count;
      const InterpreterStatus status = op.is(Builtin::pack) ? movement.pack(part, i, op.inputs.size())
                                                            : movement.concatenate(part, offset);
      if (status != InterpreterStatus::ok) return status;
    }
    return elements == movement.output.view.count ? InterpreterStatus::ok : InterpreterStatus::malformed;
  }

  template <class Other>
  static InterpreterStatus compute(const OperatorView& op, const ValueOperators<Size::kFloat>& values,
                                   Other&& other) {
    switch (static_cast<Builtin>(op.code)) {
      case Builtin::add:
      case Builtin::mul: {
        const Operand second = other(1);
        if (!second.view.good || second.bytes.empty()) return InterpreterStatus::malformed;
        return values.sum_or_product(second, op.is(Builtin::mul));
      }
      case Builtin::softmax:
        return values.softmax();
      case Builtin::logistic:
        return values.logistic();
      case Builtin::relu:
        return values.relu(1);
      case Builtin::relu6:
        return values.relu(3);
      case Builtin::quantize:
        return values.quantise();
      case Builtin::dequantize:
        return values.dequantise();
      case Builtin::mean:
        return values.mean(IntegerList(other(1).view));
      default:
        return InterpreterStatus::unsupported;
    }
  }

  ModelView model_;
  GraphView main_;
  tmd::MutableBytes arena_;
  std::uint32_t arena_needed_ = 0;
  std::uint32_t planned_ = 0;
  Place places_[kMaxTensors] = {};
  bool loaded_ = false;
  bool initialised_ = false;  ///< the subgraph of CALL_ONCE has run
};

/// For firmware: int8 models of up to 64 tensors, in integers.
using Interpreter = BasicInterpreter<Capacity<64, false>>;
/// For the workstation: the models of the field, float ones too.
using LargeInterpreter = BasicInterpreter<Capacity<1024, true>>;

}  // namespace tmd::host::interpreter
