// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "interpreter/layer_operators.hpp"
#include "interpreter/model_view.hpp"
#include "interpreter/operators.hpp"
#include "interpreter/status.hpp"
#include "interpreter/tensor_places.hpp"
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
    places_.forget_sizes();
    if (!model_.is_model()) return InterpreterStatus::malformed;
    main_ = model_.graph(0);
    if (main_.inputs.size() != 1 || main_.outputs.size() != 1) return InterpreterStatus::unsupported;
    InterpreterStatus status = place_tensors();
    if (status == InterpreterStatus::ok) status = walk_all(false);
    if (status == InterpreterStatus::ok && (input().empty() || output().empty())) {
      status = InterpreterStatus::malformed;
    }
    if (status == InterpreterStatus::ok) {
      for (std::uint8_t& byte : arena_.from(planned())) byte = 0;
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

  /// Of a model that `load` has refused: the index of the first operator of the main subgraph that is not taken, or -1
  /// where it is none of them, but a tensor, or the file.
  std::int32_t first_refused() {
    if (!model_.is_model() || place_tensors() != InterpreterStatus::ok) return -1;
    for (std::uint32_t i = 0; i < main_.operators.size(); ++i) {
      const OperatorView op = model_.operation(main_, i);
      const InterpreterStatus status = op.is(Builtin::call_once)
                                           ? walk_called(op.options.uint32(field::kInitSubgraph, 0), false)
                                           : step(main_, 0, op, false);
      if (status != InterpreterStatus::ok) return static_cast<std::int32_t>(i);
    }
    return -1;
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
  std::uint32_t arena_needed() const { return places_.needed(); }
  /// Those of activations alone.
  std::uint32_t planned() const { return places_.planned(); }
  /// Forgets what the model keeps between inferences.
  void reset() {
    for (std::uint8_t& byte : arena_.slice(planned(), arena_needed() - planned())) byte = 0;
    initialised_ = false;
  }

  /// The quantisation of the input: real = scale * (stored - zero point), the scale as the bits of a float.
  std::uint32_t input_scale_bits() const { return input_tensor().scales.uint32(0); }
  std::int32_t input_zero_point() const { return input_tensor().zero_point; }

 private:
  InterpreterStatus place_tensors() {
    const InterpreterStatus status = places_.assign(model_);
    if (status != InterpreterStatus::ok) return status;
    return arena_needed() <= arena_.size() ? InterpreterStatus::ok : InterpreterStatus::arena_too_small;
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
    const std::uint32_t base = places_.base_of(model_, graph_index);
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
    return Operators<Size::kFloat>::apply(op, input, output, run, other);
  }

  static InterpreterStatus assign(tmd::ConstBytes from, tmd::MutableBytes to, bool run) {
    if (from.empty() || from.size() != to.size()) return InterpreterStatus::malformed;
    if (run) tmd::copy_bytes(from, to);
    return InterpreterStatus::ok;
  }

  ModelView model_;
  GraphView main_;
  tmd::MutableBytes arena_;
  TensorPlaces<kMaxTensors> places_;
  bool loaded_ = false;
  bool initialised_ = false;  ///< the subgraph of CALL_ONCE has run
};

/// For firmware: int8 models of up to 64 tensors, in integers.
using Interpreter = BasicInterpreter<Capacity<64, false>>;
/// For the workstation: the models of the field, float ones too.
using LargeInterpreter = BasicInterpreter<Capacity<1024, true>>;

}  // namespace tmd::host::interpreter
