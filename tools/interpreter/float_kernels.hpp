// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "interpreter/elementwise.hpp"
#include "interpreter/flat_table.hpp"
#include "interpreter/kernels.hpp"
#include "interpreter/reduction.hpp"
#include "tmd/bytes.hpp"

namespace tmd::host::interpreter {

// The float32 kernels, each sum in the order of TFLite's reference kernels. Tensors need no alignment.

struct FloatLimits {
  float low = -3.402823466e+38F, high = 3.402823466e+38F;

  float clamp(float value) const { return value < low ? low : value > high ? high : value; }
};

inline float float_at(tmd::ConstBytes bytes, std::size_t index) {
  return float_of(tmd::load_le32(bytes.data() + index * 4));
}
inline void put_float(tmd::MutableBytes bytes, std::size_t index, float value) {
  tmd::store_le32(bytes.data() + index * 4, bits_of(value));
}

/// What a layer with float weights works on; biases may be absent.
struct FloatWeighted {
  tmd::ConstBytes input, weights, biases;
  tmd::MutableBytes output;
  FloatLimits limits;

  void finish(std::size_t at, float sum, std::size_t channel) const {
    put_float(output, at, limits.clamp(sum + (biases.empty() ? 0.0F : float_at(biases, channel))));
  }
};

inline void convolve(const Sliding& sliding, const FloatWeighted& data) {
  const std::size_t inputs = static_cast<std::size_t>(sliding.input.channels);
  const std::size_t outputs = static_cast<std::size_t>(sliding.output.channels);
  const std::size_t filter = static_cast<std::size_t>(sliding.window_height) *
                             static_cast<std::size_t>(sliding.window_width) * inputs;
  for (std::int32_t y = 0; y < sliding.output.height; ++y) {
    for (std::int32_t x = 0; x < sliding.output.width; ++x) {
      for (std::size_t channel = 0; channel < outputs; ++channel) {
        float sum = 0;
        sliding.taps(y, x, [&](std::size_t from, std::size_t tap) {
          for (std::size_t i = 0; i < inputs; ++i)
            sum +=
                float_at(data.input, from + i) * float_at(data.weights, channel * filter + tap * inputs + i);
        });
        data.finish(sliding.output.at(y, x) + channel, sum, channel);
      }
    }
  }
}

inline void convolve_depthwise(const Sliding& sliding, const FloatWeighted& data) {
  const std::size_t outputs = static_cast<std::size_t>(sliding.output.channels);
  const std::size_t each = outputs / static_cast<std::size_t>(sliding.input.channels);
  for (std::int32_t y = 0; y < sliding.output.height; ++y) {
    for (std::int32_t x = 0; x < sliding.output.width; ++x) {
      for (std::size_t channel = 0; channel < outputs; ++channel) {
        float sum = 0;
        sliding.taps(y, x, [&](std::size_t from, std::size_t tap) {
          sum +=
              float_at(data.input, from + channel / each) * float_at(data.weights, tap * outputs + channel);
        });
        data.finish(sliding.output.at(y, x) + channel, sum, channel);
      }
    }
  }
}

inline void connect_fully(std::size_t rows, std::size_t inputs, std::size_t outputs,
                          const FloatWeighted& data) {
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t channel = 0; channel < outputs; ++channel) {
      float sum = 0;
      for (std::size_t i = 0; i < inputs; ++i)
        sum += float_at(data.input, row * inputs + i) * float_at(data.weights, channel * inputs + i);
      data.finish(row * outputs + channel, sum, channel);
    }
  }
}

inline void pool(const Sliding& sliding, bool maximum, tmd::ConstBytes input, FloatLimits limits,
                 tmd::MutableBytes output) {
  for (std::int32_t y = 0; y < sliding.output.height; ++y) {
    for (std::int32_t x = 0; x < sliding.output.width; ++x) {
      for (std::size_t c = 0; c < static_cast<std::size_t>(sliding.output.channels); ++c) {
        float sum = 0, most = -3.402823466e+38F, count = 0;
        sliding.taps(y, x, [&](std::size_t from, std::size_t) {
          const float value = float_at(input, from + c);
          sum += value;
          count += 1;
          most = value > most ? value : most;
        });
        const float mean = count > 0 ? sum / count : 0.0F;
        put_float(output, sliding.output.at(y, x) + c, limits.clamp(maximum ? most : mean));
      }
    }
  }
}

/// The sum or the product of two terms.
inline void combine(bool product, tmd::ConstBytes a, const Broadcast& a_places, tmd::ConstBytes b,
                    const Broadcast& b_places, FloatLimits limits, tmd::MutableBytes to) {
  for (std::size_t i = 0; i < to.size() / 4; ++i) {
    const float left = float_at(a, a_places.at(i)), right = float_at(b, b_places.at(i));
    put_float(to, i, limits.clamp(product ? left * right : left + right));
  }
}

inline void softmax_row(tmd::ConstBytes logits, float beta, tmd::MutableBytes probabilities) {
  const std::size_t count = logits.size() / 4;
  float most = float_at(logits, 0), sum = 0;
  for (std::size_t i = 1; i < count; ++i) most = float_at(logits, i) > most ? float_at(logits, i) : most;
  for (std::size_t i = 0; i < count; ++i) {
    const float power = __builtin_expf((float_at(logits, i) - most) * beta);
    put_float(probabilities, i, power);
    sum += power;
  }
  for (std::size_t i = 0; i < count; ++i) put_float(probabilities, i, float_at(probabilities, i) / sum);
}

inline void logistic(tmd::ConstBytes from, tmd::MutableBytes to) {
  for (std::size_t i = 0; i < to.size() / 4; ++i)
    put_float(to, i, 1.0F / (1.0F + __builtin_expf(-float_at(from, i))));
}

inline void mean(const Reduction& reduction, tmd::ConstBytes from, tmd::MutableBytes to) {
  for (std::size_t i = 0; i < to.size() / 4; ++i) {
    float sum = 0;
    for (std::size_t term = 0; term < reduction.terms; ++term) sum += float_at(from, reduction.at(i, term));
    put_float(to, i, sum / static_cast<float>(reduction.terms));
  }
}

/// Rounded to nearest, halves away from zero.
inline void quantise(tmd::ConstBytes from, float scale, const Limits& limits, std::uint8_t sign,
                     tmd::MutableBytes to) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    const double steps = static_cast<double>(float_at(from, i) / scale);
    const double near = steps < -1e6 ? -1e6 : steps > 1e6 ? 1e6 : steps == steps ? steps : 0.0;
    to[i] = static_cast<std::uint8_t>(limits.byte(static_cast<std::int32_t>(near + (near < 0 ? -0.5 : 0.5))) ^
                                      sign);
  }
}

inline void dequantise(tmd::ConstBytes from, float scale, std::int32_t zero, std::uint8_t sign,
                       tmd::MutableBytes to) {
  for (std::size_t i = 0; i < from.size(); ++i)
    put_float(to, i, scale * static_cast<float>(signed_byte(from[i] ^ sign) - zero));
}

}  // namespace tmd::host::interpreter
