// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "interpreter/fixed_point.hpp"
#include "tmd/bytes.hpp"

namespace tmd::host::interpreter {

/// Height, width and channels of an image, or the same of a filter; the batch is always one.
struct Shape {
  std::int32_t height = 1;
  std::int32_t width = 1;
  std::int32_t channels = 1;

  constexpr std::size_t at(std::int32_t y, std::int32_t x) const {
    return (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)) *
           static_cast<std::size_t>(channels);
  }
};

/// How a window slides over an image: the size of the window, its steps, and the padding before the image.
struct Sliding {
  Shape input;
  Shape output;
  std::int32_t window_height = 1, window_width = 1;
  std::int32_t stride_height = 1, stride_width = 1;
  std::int32_t dilation_height = 1, dilation_width = 1;
  std::int32_t pad_top = 0, pad_left = 0;

  /// Calls `visit(offset in the input, tap of the window)` for each tap of the window at (y, x) of the output
  /// that lies on the image.
  template <class Visit>
  constexpr void taps(std::int32_t y, std::int32_t x, Visit&& visit) const {
    for (std::int32_t i = 0; i < window_height; ++i) {
      const std::int32_t row = y * stride_height - pad_top + i * dilation_height;
      if (row < 0 || row >= input.height) continue;
      for (std::int32_t j = 0; j < window_width; ++j) {
        const std::int32_t column = x * stride_width - pad_left + j * dilation_width;
        if (column < 0 || column >= input.width) continue;
        visit(input.at(row, column), static_cast<std::size_t>(i * window_width + j));
      }
    }
  }
};

/// Sums wrap, as they do on every machine; those of a sound model never come near it.
using Accumulator = std::uint32_t;

constexpr std::int32_t signed_byte(std::uint8_t byte) {
  return static_cast<std::int8_t>(byte);
}

/// From an accumulator to an output: scale, shift, clamp. The scale of channel c is
/// input * weights[c] / output.
struct Requantisation {
  FloatParts input;
  FloatParts output;
  tmd::ConstBytes weight_scales;  ///< floats, one for each channel or a single one
  std::int32_t output_zero = 0;
  std::int32_t low = -128, high = 127;

  constexpr bool multiplier(std::size_t channel, Multiplier& result) const {
    const std::size_t offset = weight_scales.size() == 4 ? 0 : channel * 4;
    if (offset + 4 > weight_scales.size()) return false;
    const FloatParts weights = FloatParts::of(tmd::load_le32(weight_scales.data() + offset));
    return make_multiplier(input, weights, output, result);
  }
  constexpr std::uint8_t finish(Accumulator sum, Multiplier multiplier) const {
    const std::int64_t value = std::int64_t{multiplier.of(static_cast<std::int32_t>(sum))} + output_zero;
    return static_cast<std::uint8_t>(clamp(saturate(value), low, high));
  }
};

/// What a layer with weights works on. Biases are int32 or absent.
struct Weighted {
  tmd::ConstBytes input;
  std::int32_t input_zero = 0;
  tmd::ConstBytes weights;
  tmd::ConstBytes biases;
  tmd::MutableBytes output;

  constexpr Accumulator product(std::uint8_t in, std::uint8_t weight) const {
    return static_cast<Accumulator>((signed_byte(in) - input_zero) * signed_byte(weight));
  }
  constexpr Accumulator bias(std::size_t channel) const {
    return biases.empty() ? 0 : tmd::load_le32(biases.data() + channel * 4);
  }
  constexpr std::int64_t wide_bias(std::size_t channel) const {
    if (biases.empty()) return 0;
    const std::uint64_t high = tmd::load_le32(biases.data() + channel * 8 + 4);
    return static_cast<std::int64_t>(high << 32 | tmd::load_le32(biases.data() + channel * 8));
  }
};

/// Each function computes one operator; sizes were checked by the caller. False where a scale is unusable.
inline bool convolve(const Sliding& sliding, const Weighted& data, const Requantisation& requantisation) {
  const std::size_t inputs = static_cast<std::size_t>(sliding.input.channels);
  const std::size_t outputs = static_cast<std::size_t>(sliding.output.channels);
  const std::size_t filter = static_cast<std::size_t>(sliding.window_height) *
                             static_cast<std::size_t>(sliding.window_width) * inputs;
  for (std::size_t channel = 0; channel < outputs; ++channel) {
    Multiplier multiplier;
    if (!requantisation.multiplier(channel, multiplier)) return false;
    const std::uint8_t* weights = data.weights.data() + channel * filter;
    for (std::int32_t y = 0; y < sliding.output.height; ++y) {
      for (std::int32_t x = 0; x < sliding.output.width; ++x) {
        Accumulator sum = data.bias(channel);
        sliding.taps(y, x, [&](std::size_t from, std::size_t tap) {
          const std::uint8_t* in = data.input.data() + from;
          const std::uint8_t* weight = weights + tap * inputs;
          for (std::size_t i = 0; i < inputs; ++i) {
            sum += data.product(in[i], weight[i]);
          }
        });
        data.output[sliding.output.at(y, x) + channel] = requantisation.finish(sum, multiplier);
      }
    }
  }
  return true;
}

/// `outputs / inputs` filters for each input channel.
inline bool convolve_depthwise(const Sliding& sliding, const Weighted& data,
                               const Requantisation& requantisation) {
  const std::size_t outputs = static_cast<std::size_t>(sliding.output.channels);
  const std::size_t each = outputs / static_cast<std::size_t>(sliding.input.channels);
  for (std::size_t channel = 0; channel < outputs; ++channel) {
    Multiplier multiplier;
    if (!requantisation.multiplier(channel, multiplier)) return false;
    for (std::int32_t y = 0; y < sliding.output.height; ++y) {
      for (std::int32_t x = 0; x < sliding.output.width; ++x) {
        Accumulator sum = data.bias(channel);
        sliding.taps(y, x, [&](std::size_t from, std::size_t tap) {
          sum += data.product(data.input[from + channel / each], data.weights[tap * outputs + channel]);
        });
        data.output[sliding.output.at(y, x) + channel] = requantisation.finish(sum, multiplier);
      }
    }
  }
  return true;
}

/// The convolution of int16 activations, whose biases and sums have 64 bits and which has no zero points.
inline bool convolve_wide(const Sliding& sliding, const Weighted& data,
                          const Requantisation& requantisation) {
  const std::size_t inputs = static_cast<std::size_t>(sliding.input.channels);
  const std::size_t outputs = static_cast<std::size_t>(sliding.output.channels);
  const std::size_t filter = static_cast<std::size_t>(sliding.window_height) *
                             static_cast<std::size_t>(sliding.window_width) * inputs;
  for (std::size_t channel = 0; channel < outputs; ++channel) {
    Multiplier multiplier;
    if (!requantisation.multiplier(channel, multiplier) || multiplier.shift > 7) return false;
    const std::uint8_t* weights = data.weights.data() + channel * filter;
    for (std::int32_t y = 0; y < sliding.output.height; ++y) {
      for (std::int32_t x = 0; x < sliding.output.width; ++x) {
        std::int64_t sum = data.wide_bias(channel);
        sliding.taps(y, x, [&](std::size_t from, std::size_t tap) {
          for (std::size_t i = 0; i < inputs; ++i) {
            const std::uint32_t in = tmd::load_le16(data.input.data() + (from + i) * 2);
            sum += std::int64_t{static_cast<std::int16_t>(in)} * signed_byte(weights[tap * inputs + i]);
          }
        });
        // Inside the 48 bits that the reference defines its product for; a sound model is far from them.
        constexpr std::int64_t kMost = (std::int64_t{1} << 47) - 1;
        sum = sum > kMost ? kMost : sum < -kMost ? -kMost : sum;
        const std::int32_t value = clamp(multiplier.of_wide(sum), requantisation.low, requantisation.high);
        tmd::store_le16(data.output.data() + (sliding.output.at(y, x) + channel) * 2,
                        static_cast<std::uint16_t>(value));
      }
    }
  }
  return true;
}

inline bool connect_fully(std::size_t inputs, std::size_t outputs, const Weighted& data,
                          const Requantisation& requantisation) {
  for (std::size_t channel = 0; channel < outputs; ++channel) {
    Multiplier multiplier;
    if (!requantisation.multiplier(channel, multiplier)) return false;
    const std::uint8_t* weights = data.weights.data() + channel * inputs;
    Accumulator sum = data.bias(channel);
    for (std::size_t i = 0; i < inputs; ++i) {
      sum += data.product(data.input[i], weights[i]);
    }
    data.output[channel] = requantisation.finish(sum, multiplier);
  }
  return true;
}

inline void pool_maximum(const Sliding& sliding, tmd::ConstBytes input, std::int32_t low, std::int32_t high,
                         tmd::MutableBytes output) {
  for (std::int32_t y = 0; y < sliding.output.height; ++y) {
    for (std::int32_t x = 0; x < sliding.output.width; ++x) {
      for (std::size_t c = 0; c < static_cast<std::size_t>(sliding.output.channels); ++c) {
        std::int32_t most = -128;
        sliding.taps(y, x, [&](std::size_t from, std::size_t) {
          const std::int32_t value = signed_byte(input[from + c]);
          most = value > most ? value : most;
        });
        output[sliding.output.at(y, x) + c] = static_cast<std::uint8_t>(clamp(most, low, high));
      }
    }
  }
}

inline void pool_average(const Sliding& sliding, tmd::ConstBytes input, std::int32_t low, std::int32_t high,
                         tmd::MutableBytes output) {
  for (std::int32_t y = 0; y < sliding.output.height; ++y) {
    for (std::int32_t x = 0; x < sliding.output.width; ++x) {
      for (std::size_t c = 0; c < static_cast<std::size_t>(sliding.output.channels); ++c) {
        std::int64_t sum = 0, count = 0;
        sliding.taps(y, x, [&](std::size_t from, std::size_t) {
          sum += signed_byte(input[from + c]);
          ++count;
        });
        // Rounded to nearest, halves away from zero. A window that misses the image has nothing to average.
        const std::int64_t mean = count == 0 ? 0 : (sum >= 0 ? sum + count / 2 : sum - count / 2) / count;
        output[sliding.output.at(y, x) + c] = static_cast<std::uint8_t>(clamp(saturate(mean), low, high));
      }
    }
  }
}

}  // namespace tmd::host::interpreter
