// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "interpreter/elementwise.hpp"
#include "interpreter/float_kernels.hpp"
#include "interpreter/layer_operators.hpp"
#include "interpreter/reduction.hpp"
#include "interpreter/softmax.hpp"
#include "interpreter/status.hpp"

namespace tmd::host::interpreter {

/// Operators on single values and rows of them. Each function checks its operator and, if `run`, computes it.
template <bool kFloat>
struct ValueOperators {
  FlatTable options;
  Operand input, output;
  bool run = false;

  InterpreterStatus sum_or_product(const Operand& other, bool product) const {
    const std::int32_t activation = options.int8(field::kElementwiseActivation, 0);
    Term a, b;
    if (!Broadcast::make(input.view, output.view, a.places) ||
        !Broadcast::make(other.view, output.view, b.places)) {
      return InterpreterStatus::malformed;
    }
    if (!other.is(input.view.type) || !output.is(input.view.type)) return InterpreterStatus::unsupported;
    if (input.is(kFloat32)) {
      FloatLimits limits;
      if (!kFloat || !make_limits(activation, limits)) return InterpreterStatus::unsupported;
      if constexpr (kFloat) {
        if (run) combine(product, input.bytes, a.places, other.bytes, b.places, limits, output.writable);
      }
      return InterpreterStatus::ok;
    }
    Limits limits;
    Multiplier result;
    if (!input.is(kInt8) || !make_limits(activation, output.view, limits))
      return InterpreterStatus::unsupported;
    a.bytes = input.bytes;
    a.zero = input.zero();
    b.bytes = other.bytes;
    b.zero = other.zero();
    const FloatParts left = input.view.scale(), right = other.view.scale(), out = output.view.scale();
    if (product) {
      if (!make_multiplier(left, right, out, result)) return InterpreterStatus::malformed;
      if (run) multiply(a, b, result, limits, output.writable);
      return InterpreterStatus::ok;
    }
    if (!sum_multipliers(left, right, out, a.multiplier, b.multiplier, result))
      return InterpreterStatus::malformed;
    if (run) add(a, b, result, limits, output.writable);
    return InterpreterStatus::ok;
  }

  InterpreterStatus softmax() const {
    if (input.view.count != output.view.count || !output.is(input.view.type))
      return InterpreterStatus::malformed;
    const float beta = options.float32(field::kBeta, 1.0F);
    const std::size_t row = static_cast<std::size_t>(input.view.shape().channels);
    if (input.is(kFloat32)) {
      if constexpr (kFloat) {
        for (std::size_t start = 0; run && start < input.bytes.size(); start += row * 4)
          interpreter::softmax_row(input.bytes.slice(start, row * 4), beta,
                                   output.writable.slice(start, row * 4));
        return InterpreterStatus::ok;
      }
      return InterpreterStatus::unsupported;
    }
    if (beta != 1.0F || !input.is(kInt8)) return InterpreterStatus::unsupported;
    Multiplier multiplier;
    if (!multiplier_to_bits(kSoftmaxDifferenceBits, multiplier)) return InterpreterStatus::malformed;
    const std::int32_t radius = radius_of(kSoftmaxDifferenceBits, multiplier);
    for (std::size_t start = 0; run && start < input.bytes.size(); start += row)
      softmax_row(input.bytes.slice(start, row), multiplier, -radius, output.writable.slice(start, row));
    return InterpreterStatus::ok;
  }

  InterpreterStatus logistic() const {
    constexpr int kIntegerBits = 4;
    if (input.view.count != output.view.count || !output.is(input.view.type))
      return InterpreterStatus::malformed;
    if (input.is(kFloat32)) {
      if constexpr (kFloat) {
        if (run) interpreter::logistic(input.bytes, output.writable);
        return InterpreterStatus::ok;
      }
      return InterpreterStatus::unsupported;
    }
    Multiplier multiplier;
    if (!input.is(kInt8) || output.zero() != -128) return InterpreterStatus::unsupported;
    if (!multiplier_to_bits(kIntegerBits, multiplier)) return InterpreterStatus::malformed;
    if (run)
      interpreter::logistic(input.bytes, input.zero(), multiplier, radius_of(kIntegerBits, multiplier),
                            output.writable);
    return InterpreterStatus::ok;
  }

  /// RELU and RELU6 as operators of their own: another scale, and the limits of the activation.
  InterpreterStatus relu(std::int32_t activation) const {
    if (input.view.count != output.view.count || !output.is(input.view.type))
      return InterpreterStatus::malformed;
    if (input.is(kFloat32)) {
      FloatLimits limits;
      if (!kFloat || !make_limits(activation, limits)) return InterpreterStatus::unsupported;
      for (std::size_t i = 0; run && i < output.view.count; ++i)
        put_float(output.writable, i, limits.clamp(float_at(input.bytes, i)));
      return InterpreterStatus::ok;
    }
    Limits limits;
    if (!input.is(kInt8) || !make_limits(activation, output.view, limits))
      return InterpreterStatus::unsupported;
    return rescale(limits, 0, 0);
  }

  InterpreterStatus quantise() const {
    if (input.view.count != output.view.count) return InterpreterStatus::malformed;
    const bool is_unsigned = output.is(kUint8);
    if (!is_unsigned && !output.is(kInt8)) return InterpreterStatus::unsupported;
    const std::uint8_t sign = is_unsigned ? 0x80 : 0;
    Limits limits;
    limits.zero = output.zero() - (is_unsigned ? 128 : 0);
    if (input.is(kFloat32)) {
      if constexpr (kFloat) {
        if (output.view.scale().mantissa == 0) return InterpreterStatus::malformed;
        if (run)
          interpreter::quantise(input.bytes, float_of(output.view.scales.uint32(0)), limits, sign,
                                output.writable);
        return InterpreterStatus::ok;
      }
      return InterpreterStatus::unsupported;
    }
    if (!input.is(kInt8) && !input.is(kUint8)) return InterpreterStatus::unsupported;
    return rescale(limits, input.is(kUint8) ? 0x80 : 0, sign);
  }

  InterpreterStatus dequantise() const {
    if (input.view.count != output.view.count) return InterpreterStatus::malformed;
    const bool is_unsigned = input.is(kUint8);
    if (!kFloat || !output.is(kFloat32) || (!is_unsigned && !input.is(kInt8)))
      return InterpreterStatus::unsupported;
    if (run)
      interpreter::dequantise(input.bytes, float_of(input.view.scales.uint32(0)),
                              input.zero() - (is_unsigned ? 128 : 0), is_unsigned ? 0x80 : 0,
                              output.writable);
    return InterpreterStatus::ok;
  }

  InterpreterStatus mean(const IntegerList& axes) const {
    Reduction reduction;
    if (!Reduction::make(input.view, output.view, axes, reduction) || !output.is(input.view.type))
      return InterpreterStatus::malformed;
    if (input.is(kFloat32)) {
      if constexpr (kFloat) {
        if (run) interpreter::mean(reduction, input.bytes, output.writable);
        return InterpreterStatus::ok;
      }
      return InterpreterStatus::unsupported;
    }
    Multiplier scale;
    if (!input.is(kInt8)) return InterpreterStatus::unsupported;
    if (!ratio(input.view.scale(), output.view.scale(), scale)) return InterpreterStatus::malformed;
    if (run)
      interpreter::mean(reduction, input.bytes, input.zero(), mean_multiplier(scale, reduction.terms),
                        output.zero(), output.writable);
    return InterpreterStatus::ok;
  }

 private:
  static constexpr FloatParts kOne{1U << 23, -23};

  static bool ratio(FloatParts a, FloatParts b, Multiplier& result) {
    return make_multiplier(a, kOne, b, result);
  }

  /// The larger of the two scales, doubled, is what both terms are brought to.
  static bool sum_multipliers(FloatParts a, FloatParts b, FloatParts out, Multiplier& from_a,
                              Multiplier& from_b, Multiplier& result) {
    const bool a_is_larger =
        a.exponent != b.exponent ? a.exponent > b.exponent : a.mantissa > b.mantissa;  // both are normal
    FloatParts twice = a_is_larger ? a : b;
    ++twice.exponent;
    FloatParts scaled_down = twice;
    scaled_down.exponent -= kSumHeadroom;
    return ratio(a, twice, from_a) && ratio(b, twice, from_b) && ratio(scaled_down, out, result) &&
           result.shift <= 0;
  }

  /// Takes a value of the input to a number with `bits` bits before the point.
  bool multiplier_to_bits(int bits, Multiplier& result) const {
    return make_multiplier(input.view.scale(), FloatParts{1U << 23, 31 - bits - 23}, kOne, result) &&
           result.shift >= 0;
  }
  /// The largest value of the input for which such a number does not overflow.
  static std::int32_t radius_of(int bits, Multiplier multiplier) {
    return saturate(((std::int64_t{1} << bits) - 1) << (31 - bits) >> multiplier.shift);
  }

  InterpreterStatus rescale(const Limits& limits, std::uint8_t from_sign, std::uint8_t to_sign) const {
    Multiplier scale;
    if (!ratio(input.view.scale(), output.view.scale(), scale)) return InterpreterStatus::malformed;
    if (run)
      requantise(input.bytes, input.zero() - (from_sign != 0 ? 128 : 0), scale, limits, from_sign, to_sign,
                 output.writable);
    return InterpreterStatus::ok;
  }
};

}  // namespace tmd::host::interpreter
