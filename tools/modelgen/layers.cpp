// SPDX-License-Identifier: Apache-2.0
#include "modelgen/layers.hpp"

#include <algorithm>
#include <cstddef>

namespace modelgen {
namespace {

// The order of the additions is fixed here rather than left to the compiler: eight running sums, which is
// also what a vector unit wants.
float dot(const float* a, const float* b, std::size_t count) {
  constexpr std::size_t kLanes = 8;
  float lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += a[i + lane] * b[i + lane];
  }
  float sum = 0;
  for (const float lane : lanes) sum += lane;
  for (; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

void add_scaled(float* to, const float* from, float scale, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) to[i] += scale * from[i];
}

std::size_t at(int index) {
  return static_cast<std::size_t>(index);
}

/// A layer whose every output looks at one run of consecutive inputs. A convolution along time is this:
/// moments lie one after another, so the window of an output is `taps * channels` numbers in a row, and the
/// window of the next moment starts `channels` numbers on. A fully connected layer is this with a single
/// window.
struct Windows {
  std::size_t count;   ///< windows
  std::size_t length;  ///< numbers in one
  std::size_t stride;  ///< from the start of one to the start of the next
  std::size_t before;  ///< zeros before the first input
};

Windows windows_of(const Layer& layer) {
  if (layer.kind == LayerKind::fully_connected) return {1, layer.input.count(), 0, 0};
  const std::size_t channels = at(layer.input.channels);
  return {at(layer.output.steps), at(layer.taps) * channels, channels, at((layer.taps - 1) / 2) * channels};
}

std::vector<float> padded(const Layer& layer, const std::vector<float>& input) {
  const Windows windows = windows_of(layer);
  std::vector<float> all(windows.stride * (windows.count - 1) + windows.length, 0.0F);
  std::copy(input.begin(), input.end(), all.begin() + static_cast<std::ptrdiff_t>(windows.before));
  return all;
}

void unpad(const Layer& layer, const std::vector<float>& all, std::vector<float>& by_input) {
  const auto first = all.begin() + static_cast<std::ptrdiff_t>(windows_of(layer).before);
  by_input.assign(first, first + static_cast<std::ptrdiff_t>(layer.input.count()));
}

void dense_forward(const Layer& layer, const std::vector<float>& input, std::vector<float>& output) {
  const Windows windows = windows_of(layer);
  const std::vector<float> all = padded(layer, input);
  const std::size_t channels = at(layer.output.channels);
  for (std::size_t w = 0; w < windows.count; ++w) {
    for (std::size_t c = 0; c < channels; ++c) {
      output[w * channels + c] =
          layer.biases[c] + dot(&layer.weights[c * windows.length], &all[w * windows.stride], windows.length);
    }
  }
}

void dense_backward(const Layer& layer, const std::vector<float>& input, const std::vector<float>& by_output,
                    Gradient& gradient, std::vector<float>& by_input) {
  const Windows windows = windows_of(layer);
  const std::vector<float> all = padded(layer, input);
  std::vector<float> by_all(all.size(), 0.0F);
  const std::size_t channels = at(layer.output.channels);
  for (std::size_t w = 0; w < windows.count; ++w) {
    for (std::size_t c = 0; c < channels; ++c) {
      const float slope = by_output[w * channels + c];
      if (slope == 0.0F) continue;  // most are, behind a rectifier
      gradient.biases[c] += slope;
      add_scaled(&gradient.weights[c * windows.length], &all[w * windows.stride], slope, windows.length);
      add_scaled(&by_all[w * windows.stride], &layer.weights[c * windows.length], slope, windows.length);
    }
  }
  unpad(layer, by_all, by_input);
}

void depthwise_forward(const Layer& layer, const std::vector<float>& input, std::vector<float>& output) {
  const std::vector<float> all = padded(layer, input);
  const std::size_t channels = at(layer.input.channels);
  for (std::size_t step = 0; step < at(layer.output.steps); ++step) {
    float* out = &output[step * channels];
    std::copy(layer.biases.begin(), layer.biases.end(), out);
    for (std::size_t tap = 0; tap < at(layer.taps); ++tap) {
      const float* in = &all[(step + tap) * channels];
      const float* weight = &layer.weights[tap * channels];
      for (std::size_t c = 0; c < channels; ++c) out[c] += in[c] * weight[c];
    }
  }
}

void depthwise_backward(const Layer& layer, const std::vector<float>& input,
                        const std::vector<float>& by_output, Gradient& gradient,
                        std::vector<float>& by_input) {
  const std::vector<float> all = padded(layer, input);
  std::vector<float> by_all(all.size(), 0.0F);
  const std::size_t channels = at(layer.input.channels);
  for (std::size_t step = 0; step < at(layer.output.steps); ++step) {
    const float* slope = &by_output[step * channels];
    for (std::size_t c = 0; c < channels; ++c) gradient.biases[c] += slope[c];
    for (std::size_t tap = 0; tap < at(layer.taps); ++tap) {
      const std::size_t from = (step + tap) * channels;
      for (std::size_t c = 0; c < channels; ++c) {
        gradient.weights[tap * channels + c] += slope[c] * all[from + c];
        by_all[from + c] += slope[c] * layer.weights[tap * channels + c];
      }
    }
  }
  unpad(layer, by_all, by_input);
}

void pool_forward(const Layer& layer, const std::vector<float>& input, std::vector<float>& output) {
  const std::size_t channels = at(layer.input.channels), taps = at(layer.taps);
  for (std::size_t step = 0; step < at(layer.output.steps); ++step) {
    for (std::size_t c = 0; c < channels; ++c) {
      float most = input[step * taps * channels + c];
      float sum = 0;
      for (std::size_t tap = 0; tap < taps; ++tap) {
        const float value = input[(step * taps + tap) * channels + c];
        most = std::max(most, value);
        sum += value;
      }
      output[step * channels + c] =
          layer.kind == LayerKind::max_pool ? most : sum / static_cast<float>(layer.taps);
    }
  }
}

void pool_backward(const Layer& layer, const std::vector<float>& input, const std::vector<float>& output,
                   const std::vector<float>& by_output, std::vector<float>& by_input) {
  const std::size_t channels = at(layer.input.channels), taps = at(layer.taps);
  by_input.assign(layer.input.count(), 0.0F);
  for (std::size_t step = 0; step < at(layer.output.steps); ++step) {
    for (std::size_t c = 0; c < channels; ++c) {
      const std::size_t out = step * channels + c;
      for (std::size_t tap = 0; tap < taps; ++tap) {
        const std::size_t in = (step * taps + tap) * channels + c;
        if (layer.kind == LayerKind::average_pool) {
          by_input[in] = by_output[out] / static_cast<float>(layer.taps);
        } else if (input[in] == output[out]) {
          by_input[in] = by_output[out];
          break;  // of equal ones the first alone gets it
        }
      }
    }
  }
}

}  // namespace

void layer_forward(const Layer& layer, const std::vector<float>& input, std::vector<float>& output) {
  output.resize(layer.output.count());
  switch (layer.kind) {
    case LayerKind::convolution:
    case LayerKind::fully_connected:
      dense_forward(layer, input, output);
      break;
    case LayerKind::depthwise:
      depthwise_forward(layer, input, output);
      break;
    case LayerKind::max_pool:
    case LayerKind::average_pool:
      pool_forward(layer, input, output);
      break;
  }
  if (layer.relu) {
    for (float& value : output) value = std::max(value, 0.0F);
  }
}

void layer_backward(const Layer& layer, const std::vector<float>& input, const std::vector<float>& output,
                    std::vector<float> by_output, Gradient& gradient, std::vector<float>& by_input) {
  if (layer.relu) {
    for (std::size_t i = 0; i < by_output.size(); ++i) {
      if (output[i] <= 0.0F) by_output[i] = 0.0F;
    }
  }
  switch (layer.kind) {
    case LayerKind::convolution:
    case LayerKind::fully_connected:
      return dense_backward(layer, input, by_output, gradient, by_input);
    case LayerKind::depthwise:
      return depthwise_backward(layer, input, by_output, gradient, by_input);
    case LayerKind::max_pool:
    case LayerKind::average_pool:
      return pool_backward(layer, input, output, by_output, by_input);
  }
}

}  // namespace modelgen
