// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "interpreter/kernels.hpp"
#include "interpreter/model_fields.hpp"
#include "interpreter/model_view.hpp"
#include "interpreter/softmax.hpp"
#include "tmd/bytes.hpp"

namespace modelgen {

enum class [[nodiscard]] InterpreterStatus : std::uint8_t{
    ok,
    malformed,        ///< not a TFLite model, or one whose parts contradict each other
    unsupported,      ///< an operator, an element type or an option that is not implemented here
    too_many,         ///< more tensors than kMaxTensors
    arena_too_small,  ///< `arena_needed()` bytes would be enough
};

/// Runs int8 models of convolutions, pools, dense layers and softmax, straight from the bytes of a `.tflite`
/// file, as TFLite's reference kernels do. In integers, without heap, exceptions or recursion, and nothing in
/// a malformed file makes it read or write where it should not: a self-test may run it on a model that is on
/// trial. It is made for being read rather than for speed.
///
///     Interpreter interpreter;
///     if (interpreter.load(model, arena) != InterpreterStatus::ok) revert();
///     copy_bytes(known_input, interpreter.input());
///     if (interpreter.invoke() != InterpreterStatus::ok) revert();
///     // compare interpreter.output() with what is expected
class Interpreter {
 public:
  static constexpr std::uint32_t kMaxTensors = 64;

  /// Takes a model (which stays where it is, in flash for instance) and working memory of no particular
  /// alignment; both are used until the next load. Checks every operator, so that a later `invoke()` finds
  /// nothing amiss.
  InterpreterStatus load(tmd::ConstBytes model, tmd::MutableBytes arena) {
    loaded_ = false;
    model_ = ModelView(model);
    arena_ = arena;
    arena_needed_ = 0;
    if (!model_.is_model()) return InterpreterStatus::malformed;
    if (model_.subgraph_count() != 1 || model_.inputs().size() != 1 || model_.outputs().size() != 1) {
      return InterpreterStatus::unsupported;
    }
    input_ = model_.inputs().uint32(0);
    output_ = model_.outputs().uint32(0);
    InterpreterStatus status = place_tensors();
    if (status == InterpreterStatus::ok) status = walk(false);
    if (status == InterpreterStatus::ok && (input().empty() || output().empty())) {
      status = InterpreterStatus::malformed;
    }
    loaded_ = status == InterpreterStatus::ok;
    return status;
  }

  /// Computes the output from what is in `input()`, which is unchanged afterwards. Blocks until done.
  InterpreterStatus invoke() { return loaded_ ? walk(true) : InterpreterStatus::malformed; }

  tmd::MutableBytes input() { return computed(input_); }
  tmd::ConstBytes output() { return computed(output_); }
  std::uint32_t arena_needed() const { return arena_needed_; }

  /// The quantisation of the input: real = scale * (stored - zero point), the scale as the bits of a float.
  std::uint32_t input_scale_bits() const { return model_.tensor(input_).scales.uint32(0); }
  std::int32_t input_zero_point() const { return model_.tensor(input_).zero_point; }

 private:
  static constexpr std::uint32_t kNoPlace = 0xFFFFFFFFU;

  /// Gives every computed tensor a place of its own in the arena.
  InterpreterStatus place_tensors() {
    if (model_.tensor_count() > kMaxTensors) return InterpreterStatus::too_many;
    std::uint64_t needed = 0;
    for (std::uint32_t i = 0; i < model_.tensor_count(); ++i) {
      places_[i] = kNoPlace;
      const TensorView tensor = model_.tensor(i);
      if (!tensor.good) return InterpreterStatus::unsupported;
      if (!tensor.constant.empty()) continue;
      if (tensor.type != kInt8) return InterpreterStatus::unsupported;
      if (tensor.dimensions.size() > 0 && tensor.dimensions.uint32(0) != 1) {
        return InterpreterStatus::unsupported;  // batches of one only
      }
      places_[i] = static_cast<std::uint32_t>(needed);
      needed += tensor.count;
    }
    if (needed > ModelView::kLargestTensor) return InterpreterStatus::unsupported;
    arena_needed_ = static_cast<std::uint32_t>(needed);
    return needed <= arena_.size() ? InterpreterStatus::ok : InterpreterStatus::arena_too_small;
  }

  tmd::MutableBytes computed(std::uint32_t index) const {
    if (index >= model_.tensor_count() || index >= kMaxTensors || places_[index] == kNoPlace) return {};
    return arena_.slice(places_[index], model_.tensor(index).count);
  }

  InterpreterStatus walk(bool run) {
    for (std::uint32_t i = 0; i < model_.operator_count(); ++i) {
      const InterpreterStatus status = step(model_.operation(i), run);
      if (status != InterpreterStatus::ok) return status;
    }
    return InterpreterStatus::ok;
  }

  /// An operator with what it reads and writes.
  struct Step {
    FlatTable options;
    FlatVector inputs;
    TensorView input;
    TensorView output;
    tmd::ConstBytes from;
    tmd::MutableBytes to;
  };

  /// Checks one operator and, if `run`, computes it.
  InterpreterStatus step(const OperatorView& op, bool run) {
    if (op.code < 0 || op.inputs.size() == 0 || op.outputs.size() != 1) return InterpreterStatus::malformed;
    const std::uint32_t from = op.inputs.uint32(0), to = op.outputs.uint32(0);
    const Step step{op.options,        op.inputs,      model_.tensor(from),
                    model_.tensor(to), computed(from), computed(to)};
    if (step.from.empty() || step.to.empty()) return InterpreterStatus::unsupported;
    switch (static_cast<Builtin>(op.code)) {
      case Builtin::conv_2d:
        return convolution(step, false, run);
      case Builtin::depthwise_conv_2d:
        return convolution(step, true, run);
      case Builtin::fully_connected:
        return fully_connected(step, run);
      case Builtin::max_pool_2d:
        return pool(step, true, run);
      case Builtin::average_pool_2d:
        return pool(step, false, run);
      case Builtin::reshape:
        return reshape(step, run);
      case Builtin::softmax:
        return softmax(step, run);
    }
    return InterpreterStatus::unsupported;
  }

  /// The limits that a fused activation sets; false for one that is not implemented.
  static bool limits(std::int32_t activation, const TensorView& output, std::int32_t& low,
                     std::int32_t& high) {
    constexpr std::int32_t kNone = 0, kRelu = 1, kRelu6 = 3;
    low = -128;
    high = 127;
    if (activation == kNone) return true;
    if (activation != kRelu && activation != kRelu6) return false;
    low = clamp(output.zero_point, -128, 127);
    if (activation == kRelu6) {
      constexpr FloatParts kSix{6U << 21, -21}, kOne{1U << 23, -23};
      Multiplier six;  // 6 / scale
      if (!make_multiplier(kSix, kOne, output.scale(), six)) {
        return false;
      }
      high = clamp(saturate(std::int64_t{output.zero_point} + six.of(1)), -128, 127);
    }
    return true;
  }

  /// Fills in everything about the window but its size. Padding as TensorFlow computes it: "same" puts the
  /// odd one after the image.
  static bool slide(const Step& step, Sliding& sliding) {
    constexpr std::int32_t kLargest = 1 << 12;  // of a window, a stride, a dilation: keeps products in range
    const auto sane = [](std::int32_t value) { return value >= 1 && value <= kLargest; };
    sliding.input = step.input.shape();
    sliding.output = step.output.shape();
    sliding.stride_width = step.options.int32(field::kStrideWidth, 0);
    sliding.stride_height = step.options.int32(field::kStrideHeight, 0);
    if (!sane(sliding.stride_width) || !sane(sliding.stride_height) || !sane(sliding.window_width) ||
        !sane(sliding.window_height) || !sane(sliding.dilation_width) || !sane(sliding.dilation_height)) {
      return false;
    }
    const std::int32_t padding = step.options.int8(field::kPadding, 0);  // 0 same, 1 valid
    const auto along = [padding](std::int32_t in, std::int32_t out, std::int32_t window, std::int32_t stride,
                                 std::int32_t dilation, std::int32_t& before) {
      const std::int64_t reach = std::int64_t{window - 1} * dilation + 1;
      if (padding == 1) return in >= reach && out == (in - reach) / stride + 1;
      const std::int64_t missing = std::int64_t{out - 1} * stride + reach - in;
      before = missing > 0 ? static_cast<std::int32_t>(missing / 2) : 0;
      return out == (std::int64_t{in} + stride - 1) / stride;
    };
    return along(sliding.input.height, sliding.output.height, sliding.window_height, sliding.stride_height,
                 sliding.dilation_height, sliding.pad_top) &&
           along(sliding.input.width, sliding.output.width, sliding.window_width, sliding.stride_width,
                 sliding.dilation_width, sliding.pad_left);
  }

  /// What every layer with weights needs: `channels` outputs, `weights` numbers behind input 1, biases of
  /// input 2 if there are any.
  InterpreterStatus weighted(const Step& step, std::uint32_t channels, std::int32_t activation,
                             Weighted& data, Requantisation& requantisation) const {
    const TensorView weights = model_.tensor(step.inputs.uint32(1));
    if (step.inputs.size() < 2 || !weights.good || weights.constant.empty() || weights.type != kInt8) {
      return InterpreterStatus::unsupported;
    }
    const std::uint32_t scales = weights.scales.size();
    if (scales != 1 && scales != channels) return InterpreterStatus::malformed;
    data = Weighted{step.from, step.input.zero_point, weights.constant, {}, step.to};
    if (step.inputs.size() > 2 && step.inputs.int32(2) >= 0) {
      const TensorView biases = model_.tensor(step.inputs.uint32(2));
      if (!biases.good || biases.type != kInt32 || biases.constant.size() != std::size_t{channels} * 4) {
        return InterpreterStatus::malformed;
      }
      data.biases = biases.constant;
    }
    requantisation.input = step.input.scale();
    requantisation.output = step.output.scale();
    requantisation.weight_scales = weights.scales.bytes();
    requantisation.output_zero = step.output.zero_point;
    if (!limits(activation, step.output, requantisation.low, requantisation.high)) {
      return InterpreterStatus::unsupported;
    }
    for (std::uint32_t c = 0; c < channels; ++c) {
      Multiplier multiplier;
      if (!requantisation.multiplier(c, multiplier)) return InterpreterStatus::malformed;
    }
    return InterpreterStatus::ok;
  }

  InterpreterStatus convolution(const Step& step, bool depthwise, bool run) {
    const TensorView weights = model_.tensor(step.inputs.uint32(1));
    if (step.input.dimensions.size() != 4 || step.output.dimensions.size() != 4 || !weights.good ||
        weights.dimensions.size() != 4) {
      return InterpreterStatus::unsupported;
    }
    Sliding sliding;
    sliding.window_height = weights.dimensions.int32(1);
    sliding.window_width = weights.dimensions.int32(2);
    sliding.dilation_width =
        step.options.int32(depthwise ? +field::kDepthDilationWidth : +field::kConvDilationWidth, 1);
    sliding.dilation_height =
        step.options.int32(depthwise ? +field::kDepthDilationHeight : +field::kConvDilationHeight, 1);
    if (!slide(step, sliding)) return InterpreterStatus::malformed;
    const std::int32_t first = weights.dimensions.int32(0), last = weights.dimensions.int32(3);
    const bool agrees =
        depthwise ? first == 1 && last == sliding.output.channels && last % sliding.input.channels == 0
                  : first == sliding.output.channels && last == sliding.input.channels;
    if (!agrees) return InterpreterStatus::malformed;
    Weighted data;
    Requantisation requantisation;
    const std::int32_t activation =
        step.options.int8(depthwise ? +field::kDepthActivation : +field::kConvActivation, 0);
    const InterpreterStatus status =
        weighted(step, static_cast<std::uint32_t>(sliding.output.channels), activation, data, requantisation);
    if (status != InterpreterStatus::ok || !run) return status;
    const bool done = depthwise ? convolve_depthwise(sliding, data, requantisation)
                                : convolve(sliding, data, requantisation);
    return done ? InterpreterStatus::ok : InterpreterStatus::malformed;
  }

  InterpreterStatus fully_connected(const Step& step, bool run) {
    const TensorView weights = model_.tensor(step.inputs.uint32(1));
    if (!weights.good || weights.dimensions.size() != 2) return InterpreterStatus::unsupported;
    if (weights.dimensions.uint32(0) != step.output.count ||
        weights.dimensions.uint32(1) != step.input.count) {
      return InterpreterStatus::malformed;
    }
    Weighted data;
    Requantisation requantisation;
    const InterpreterStatus status = weighted(
        step, step.output.count, step.options.int8(field::kDenseActivation, 0), data, requantisation);
    if (status != InterpreterStatus::ok || !run) return status;
    return connect_fully(step.input.count, step.output.count, data, requantisation)
               ? InterpreterStatus::ok
               : InterpreterStatus::malformed;
  }

  InterpreterStatus pool(const Step& step, bool maximum, bool run) {
    Sliding sliding;
    sliding.window_width = step.options.int32(field::kPoolWidth, 0);
    sliding.window_height = step.options.int32(field::kPoolHeight, 0);
    std::int32_t low = 0, high = 0;
    if (step.input.dimensions.size() != 4 || step.output.dimensions.size() != 4) {
      return InterpreterStatus::unsupported;
    }
    if (!slide(step, sliding) || sliding.input.channels != sliding.output.channels) {
      return InterpreterStatus::malformed;
    }
    if (!limits(step.options.int8(field::kPoolActivation, 0), step.output, low, high)) {
      return InterpreterStatus::unsupported;
    }
    if (run && maximum) pool_maximum(sliding, step.from, low, high, step.to);
    if (run && !maximum) pool_average(sliding, step.from, low, high, step.to);
    return InterpreterStatus::ok;
  }

  InterpreterStatus reshape(const Step& step, bool run) {
    if (step.input.count != step.output.count) return InterpreterStatus::malformed;
    if (run) tmd::copy_bytes(step.from, step.to);
    return InterpreterStatus::ok;
  }

  InterpreterStatus softmax(const Step& step, bool run) {
    constexpr std::uint32_t kFloatOne = 0x3F800000U;
    if (step.input.count != step.output.count) return InterpreterStatus::malformed;
    if (step.options.uint32(field::kBeta, kFloatOne) != kFloatOne) return InterpreterStatus::unsupported;
    Multiplier multiplier;  // scale * 2^26
    if (!make_multiplier(step.input.scale(), FloatParts{1U << 23, 26 - 23}, FloatParts{1U << 23, -23},
                         multiplier) ||
        multiplier.shift < 0) {
      return InterpreterStatus::malformed;
    }
    if (!run) return InterpreterStatus::ok;
    const std::int64_t radius =
        ((std::int64_t{1} << fixed_softmax::kDifferenceBits) - 1) << 26 >> multiplier.shift;
    const std::size_t row = static_cast<std::size_t>(step.input.shape().channels);
    for (std::size_t start = 0; start < step.input.count; start += row) {
      softmax_row(step.from.slice(start, row), multiplier, -saturate(radius), step.to.slice(start, row));
    }
    return InterpreterStatus::ok;
  }

  ModelView model_;
  tmd::MutableBytes arena_;
  std::uint32_t input_ = 0, output_ = 0;
  std::uint32_t arena_needed_ = 0;
  std::uint32_t places_[kMaxTensors] = {};
  bool loaded_ = false;
};

}  // namespace modelgen
