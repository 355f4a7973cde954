// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "interpreter/layer_operators.hpp"
#include "interpreter/model_view.hpp"
#include "interpreter/shape_operators.hpp"
#include "interpreter/status.hpp"
#include "interpreter/value_operators.hpp"

namespace tmd::host::interpreter {

/// Hands an operator to the code that knows it. `other(i)` gives its further inputs; one that it does not have is no
/// good. Without `run` operands and options are only checked.
template <bool kFloat>
class Operators {
 public:
  // Inlined into its one caller: by itself it costs 60 bytes on a Cortex-M4.
  template <class Other>
  [[gnu::always_inline]] static InterpreterStatus apply(const OperatorView& op, const Operand& input,
                                                        const Operand& output, bool run, Other&& other) {
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
        return compute(op, ValueOperators<kFloat>{op.options, input, output, run}, other);
    }
  }

 private:
  template <class Other>
  static InterpreterStatus layer(const OperatorView& op, const Operand& input, const Operand& output,
                                 bool run, Other&& other) {
    LayerOperators<kFloat> layer;
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
  static InterpreterStatus compute(const OperatorView& op, const ValueOperators<kFloat>& values,
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
};

}  // namespace tmd::host::interpreter
