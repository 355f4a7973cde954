// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "interpreter/elementwise.hpp"
#include "interpreter/float_kernels.hpp"
#include "interpreter/kernels.hpp"
#include "interpreter/model_fields.hpp"
#include "interpreter/model_view.hpp"
#include "interpreter/status.hpp"
#include "tmd/bytes.hpp"

namespace tmd::host::interpreter {

/// A tensor with its bytes: a constant's in the file, a computed one's in the arena.
struct Operand {
  TensorView view;
  tmd::ConstBytes bytes;
  tmd::MutableBytes writable;  ///< empty for a constant

  bool is(std::int32_t type) const { return view.type == type; }
  std::int32_t zero() const { return view.zero_point; }
};

/// The limits that a fused activation sets on an int8 output; false for one that is not implemented.
inline bool make_limits(std::int32_t activation, const TensorView& output, Limits& limits) {
  constexpr std::int32_t kNone = 0, kRelu = 1, kRelu6 = 3;
  const std::int32_t most = output.type == kInt16 ? 32767 : 127;
  limits = Limits{-most - 1, most, output.zero_point};
  if (activation == kNone) return true;
  if (activation != kRelu && activation != kRelu6) return false;
  limits.low = clamp(output.zero_point, -most - 1, most);
  if (activation == kRelu6) {
    constexpr FloatParts kSix{6U << 21, -21}, kOne{1U << 23, -23};
    Multiplier six;  // 6 / scale
    if (!make_multiplier(kSix, kOne, output.scale(), six)) return false;
    limits.high = clamp(saturate(std::int64_t{output.zero_point} + six.of(1)), -most - 1, most);
  }
  return true;
}

inline bool make_limits(std::int32_t activation, FloatLimits& limits) {
  if (activation == 1 || activation == 3) limits.low = 0;
  if (activation == 3) limits.high = 6;
  return activation == 0 || activation == 1 || activation == 3;
}

/// Fills in everything about the window but its size. Padding as TensorFlow computes it: "same" puts the
/// odd one after the image.
inline bool slide(const TensorView& input, const TensorView& output, const FlatTable& options,
                  Sliding& sliding) {
  constexpr std::int32_t kLargest = 1 << 12;  // of a window, a stride, a dilation: keeps products in range
  const auto sane = [](std::int32_t value) { return value >= 1 && value <= kLargest; };
  sliding.input = input.shape();
  sliding.output = output.shape();
  sliding.stride_width = options.int32(field::kStrideWidth, 0);
  sliding.stride_height = options.int32(field::kStrideHeight, 0);
  if (!sane(sliding.stride_width) || !sane(sliding.stride_height) || !sane(sliding.window_width) ||
      !sane(sliding.window_height) || !sane(sliding.dilation_width) || !sane(sliding.dilation_height)) {
    return false;
  }
  const std::int32_t padding = options.int8(field::kPadding, 0);  // 0 same, 1 valid
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

/// Layers: what slides a window or has weights. Each function checks its operator and, if `run`, computes it.
template <bool kFloat>
struct LayerOperators {
  FlatTable options;
  Operand input, weights, biases, output;
  bool has_weights = false, has_biases = false;
  bool run = false;

  InterpreterStatus convolution(bool depthwise) const {
    if (input.view.rank() != 4 || output.view.rank() != 4 || !has_weights || weights.view.rank() != 4 ||
        !single_batch()) {
      return InterpreterStatus::unsupported;
    }
    Sliding sliding;
    sliding.window_height = weights.view.dimensions.int32(1);
    sliding.window_width = weights.view.dimensions.int32(2);
    sliding.dilation_width =
        options.int32(depthwise ? +field::kDepthDilationWidth : +field::kConvDilationWidth, 1);
    sliding.dilation_height =
        options.int32(depthwise ? +field::kDepthDilationHeight : +field::kConvDilationHeight, 1);
    if (!slide(input.view, output.view, options, sliding)) return InterpreterStatus::malformed;
    const std::int32_t first = weights.view.dimensions.int32(0), last = weights.view.dimensions.int32(3);
    const bool agrees =
        depthwise ? first == 1 && last == sliding.output.channels && last % sliding.input.channels == 0
                  : first == sliding.output.channels && last == sliding.input.channels;
    if (!agrees) return InterpreterStatus::malformed;
    const std::int32_t activation =
        options.int8(depthwise ? +field::kDepthActivation : +field::kConvActivation, 0);
    const std::uint32_t channels = static_cast<std::uint32_t>(sliding.output.channels);
    if (input.is(kFloat32)) {
      FloatWeighted data;
      const InterpreterStatus status = float_weighted(channels, activation, data);
      if constexpr (kFloat) {
        if (run && status == InterpreterStatus::ok)
          depthwise ? interpreter::convolve_depthwise(sliding, data) : interpreter::convolve(sliding, data);
      }
      return status;
    }
    const bool wide = input.is(kInt16);
    if (wide && depthwise) return InterpreterStatus::unsupported;
    Weighted data;
    Requantisation requantisation;
    const InterpreterStatus status = weighted(channels, activation, data, requantisation);
    if (status != InterpreterStatus::ok || !run) return status;
    const bool done = wide        ? convolve_wide(sliding, data, requantisation)
                      : depthwise ? convolve_depthwise(sliding, data, requantisation)
                                  : convolve(sliding, data, requantisation);
    return done ? InterpreterStatus::ok : InterpreterStatus::malformed;
  }

  InterpreterStatus fully_connected() const {
    if (!has_weights || weights.view.rank() != 2) return InterpreterStatus::unsupported;
    const std::uint32_t outputs = weights.view.dimensions.uint32(0),
                        inputs = weights.view.dimensions.uint32(1);
    const std::uint32_t rows = input.view.count / inputs;
    if (input.view.count % inputs != 0 || output.view.count != std::uint64_t{rows} * outputs)
      return InterpreterStatus::malformed;
    const std::int32_t activation = options.int8(field::kDenseActivation, 0);
    if (input.is(kFloat32)) {
      FloatWeighted data;
      const InterpreterStatus status = float_weighted(outputs, activation, data);
      if constexpr (kFloat) {
        if (run && status == InterpreterStatus::ok) interpreter::connect_fully(rows, inputs, outputs, data);
      }
      return status;
    }
    if (!input.is(kInt8)) return InterpreterStatus::unsupported;
    Weighted data;
    Requantisation requantisation;
    const InterpreterStatus status = weighted(outputs, activation, data, requantisation);
    if (status != InterpreterStatus::ok || !run) return status;
    for (std::uint32_t row = 0; row < rows; ++row) {
      data.input = input.bytes.slice(std::size_t{row} * inputs, inputs);
      data.output = output.writable.slice(std::size_t{row} * outputs, outputs);
      if (!connect_fully(inputs, outputs, data, requantisation)) return InterpreterStatus::malformed;
    }
    return InterpreterStatus::ok;
  }

  InterpreterStatus pool(bool maximum) const {
    Sliding sliding;
    sliding.window_width = options.int32(field::kPoolWidth, 0);
    sliding.window_height = options.int32(field::kPoolHeight, 0);
    if (input.view.rank() != 4 || output.view.rank() != 4 || !single_batch())
      return InterpreterStatus::unsupported;
    if (!slide(input.view, output.view, options, sliding) ||
        sliding.input.channels != sliding.output.channels || !input.is(output.view.type)) {
      return InterpreterStatus::malformed;
    }
    const std::int32_t activation = options.int8(field::kPoolActivation, 0);
    if (input.is(kFloat32)) {
      FloatLimits limits;
      if (!kFloat || !make_limits(activation, limits)) return InterpreterStatus::unsupported;
      if constexpr (kFloat) {
        if (run) interpreter::pool(sliding, maximum, input.bytes, limits, output.writable);
      }
      return InterpreterStatus::ok;
    }
    Limits limits;
    if (!input.is(kInt8) || !make_limits(activation, output.view, limits))
      return InterpreterStatus::unsupported;
    if (run && maximum) pool_maximum(sliding, input.bytes, limits.low, limits.high, output.writable);
    if (run && !maximum) pool_average(sliding, input.bytes, limits.low, limits.high, output.writable);
    return InterpreterStatus::ok;
  }

 private:
  bool single_batch() const {
    return input.view.dimensions.uint32(0) == 1 && output.view.dimensions.uint32(0) == 1;
  }

  InterpreterStatus float_weighted(std::uint32_t channels, std::int32_t activation,
                                   FloatWeighted& data) const {
    if (!kFloat || !weights.is(kFloat32) || !output.is(kFloat32) || !make_limits(activation, data.limits))
      return InterpreterStatus::unsupported;
    if (has_biases && (!biases.is(kFloat32) || biases.view.count != channels))
      return InterpreterStatus::malformed;
    data.input = input.bytes;
    data.weights = weights.bytes;
    if (has_biases) data.biases = biases.bytes;
    data.output = output.writable;
    return InterpreterStatus::ok;
  }

  /// What every integer layer with weights needs, for `channels` outputs.
  InterpreterStatus weighted(std::uint32_t channels, std::int32_t activation, Weighted& data,
                             Requantisation& requantisation) const {
    const bool wide = input.is(kInt16);
    if ((!wide && !input.is(kInt8)) || !output.is(input.view.type) || !weights.is(kInt8) ||
        (wide && (input.zero() != 0 || output.zero() != 0))) {
      return InterpreterStatus::unsupported;
    }
    const std::uint32_t scales = weights.view.scales.size();
    if (scales != 1 && scales != channels) return InterpreterStatus::malformed;
    data = Weighted{input.bytes, input.zero(), weights.bytes, {}, output.writable};
    if (has_biases) {
      if (!biases.is(wide ? kInt64 : kInt32)) return InterpreterStatus::unsupported;
      if (biases.view.count != channels) return InterpreterStatus::malformed;
      data.biases = biases.bytes;
    }
    Limits limits;
    if (!make_limits(activation, output.view, limits)) return InterpreterStatus::unsupported;
    requantisation.input = input.view.scale();
    requantisation.output = output.view.scale();
    requantisation.weight_scales = weights.view.scales.bytes();
    requantisation.output_zero = output.zero();
    requantisation.low = limits.low;
    requantisation.high = limits.high;
    for (std::uint32_t c = 0; c < channels; ++c) {
      Multiplier multiplier;
      if (!requantisation.multiplier(c, multiplier) || (wide && multiplier.shift > 7))
        return InterpreterStatus::malformed;
    }
    return InterpreterStatus::ok;
  }
};

}  // namespace tmd::host::interpreter
