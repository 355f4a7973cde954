// SPDX-License-Identifier: Apache-2.0
#include "model/optimised_kernels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "model/window_layer.hpp"

namespace tmd::host::model {
namespace {

constexpr std::uint64_t kShort = 2;  // bytes of a 16-bit number
constexpr std::uint64_t kSum = 4;    // and of a 32-bit one

/// By how much a kernel's own structure outgrows that of the reference kernel, at most: indices of buffers, sizes,
/// pointers.
constexpr std::uint32_t kLargerStructure = 32;

constexpr std::uint64_t rounded_up(std::uint64_t size, std::uint64_t unit) {
  return (size + unit - 1) / unit * unit;
}

void ask_for(KernelMemory& memory, std::uint64_t size) {
  if (size != 0) memory.scratch.push_back(size);
}

// CMSIS-NN, revision of July 2026: arm_*_get_buffer_sizes_*.c. Kernels for DSP copy two windows of the input as
// 16-bit numbers, those for MVE four windows in whole registers of 16 bytes: never less.

std::uint64_t cmsis_windows(const WindowLayer& layer) {
  const std::uint64_t window = layer.filter_area() * layer.in_channels;
  if (layer.type == TensorType::INT16) return 4 * rounded_up(window, 8) * kShort;
  return 4 * rounded_up(window, 16);
}

std::uint64_t cmsis_convolution(const WindowLayer& layer) {
  const bool pointwise = layer.filter_area() == 1 && !layer.padded() && !layer.dilated &&
                         layer.filter_channels == layer.in_channels;
  if (layer.type == TensorType::INT16 || !pointwise) return cmsis_windows(layer);
  return layer.strided() ? 0 : 2 * layer.in_channels * kShort;  // armclang alone asks for it
}

std::uint64_t cmsis_depthwise(const WindowLayer& layer) {
  constexpr std::uint64_t kChannelsAtOnce = 124;
  const std::uint64_t window = layer.filter_area() * layer.in_channels;
  if (layer.type == TensorType::INT16) return 4 * window * kShort + 8;
  std::uint64_t size = 0;
  if (layer.in_channels == layer.out_channels && layer.batches == 1 && !layer.dilated)
    size = std::max(window * kShort, 4 * kChannelsAtOnce * layer.filter_area());
  // One channel in: computed as a convolution, with a copy of the weights.
  if (layer.in_channels == 1 && layer.out_channels > 1)
    size = std::max(size, cmsis_windows(layer) + layer.filter_area() * layer.out_channels);
  return size;
}

void add_cmsis_transposed(KernelMemory& memory, const WindowLayer& layer) {
  constexpr std::uint64_t kEnoughChannels = 16;
  if (layer.type != TensorType::INT8) return;
  memory.scratch.clear();
  if (layer.stride_width <= 2 && layer.stride_height <= 2 && layer.in_channels > kEnoughChannels) {
    ask_for(memory, cmsis_windows(layer));
    ask_for(memory, layer.filter_area() * layer.in_channels * layer.out_channels);
    return;
  }
  const std::uint64_t row =
      (layer.in_width - 1) * layer.stride_width + std::max(layer.filter_width, layer.stride_height);
  ask_for(memory, row * layer.out_channels * std::max(layer.filter_height, layer.stride_height) * kSum);
}

/// With three or four dimensions it is computed as a convolution, else with the sums of the weights of each output.
void add_cmsis_fully_connected(KernelMemory& memory, const WindowLayer& layer) {
  if (layer.type == TensorType::INT16) return;
  if (layer.out_rank > 2 && layer.filter_channels % 4 == 0) {
    ask_for(memory, layer.out_channels * 2 * kSum);
    ask_for(memory, layer.filter_channels * 2 * kShort);
  } else {
    memory.persistent.push_back(layer.out_channels * kSum);
  }
}

void add_cmsis(KernelMemory& memory, BuiltinOperator builtin, const WindowLayer& layer) {
  switch (builtin) {
    case BuiltinOperator::CONV_2D:
      return ask_for(memory, cmsis_convolution(layer));
    case BuiltinOperator::DEPTHWISE_CONV_2D:
      return ask_for(memory, cmsis_depthwise(layer));
    case BuiltinOperator::TRANSPOSE_CONV:
      return add_cmsis_transposed(memory, layer);
    case BuiltinOperator::AVERAGE_POOL_2D:
      return ask_for(memory, layer.in_channels * kSum);
    case BuiltinOperator::FULLY_CONNECTED:
      return add_cmsis_fully_connected(memory, layer);
    case BuiltinOperator::BATCH_MATMUL:
      return ask_for(memory, layer.out_channels * kSum);
    case BuiltinOperator::SVDF:
      memory.persistent.push_back(layer.filters * kSum);
      return;
    case BuiltinOperator::UNIDIRECTIONAL_SEQUENCE_LSTM:
      // Sums of the weights of four gates, for input and state, in numbers as wide as the biases.
      memory.persistent.insert(memory.persistent.end(), 8, layer.out_channels * 2 * kSum);
      return;
    default:
      return;
  }
}

// ESP-NN, revision of April 2026: esp_nn_get_…_scratch_size of each processor.

/// Bytes of an input with its padding on all sides, of so many channels.
std::uint64_t padded_input(const WindowLayer& layer, std::uint64_t channels) {
  return (layer.in_width + 2 * layer.pad_width) * (layer.in_height + 2 * layer.pad_height) * channels;
}

std::uint64_t esp_pointwise(const WindowLayer& layer) {
  constexpr std::uint64_t kAlignment = 64;
  const std::uint64_t channels = rounded_up(layer.in_channels, 8);
  const std::uint64_t area = layer.in_width * layer.in_height;
  const std::uint64_t s3 = (layer.in_channels % 8 != 0 ? area * channels : 0) +
                           channels * layer.out_channels + (area < 8 ? 0 : 16 * channels) + kAlignment;
  const std::uint64_t p4 =
      layer.out_channels * (kSum + 16) + kAlignment;  // where there are less than 16 channels
  return layer.in_channels < 16 ? std::max(s3, p4) : s3;
}

std::uint64_t esp_convolution(const WindowLayer& layer) {
  constexpr std::uint64_t kAlignment = 64;
  if (layer.filter_area() == 1 && !layer.padded() && !layer.strided()) return esp_pointwise(layer);
  const std::uint64_t row = layer.filter_width * layer.in_channels;
  const std::uint64_t window = layer.filter_area() * layer.in_channels;
  const std::uint64_t sums = layer.out_channels * kSum;
  if (row < 16 && window >= 16)
    return sums + (layer.out_channels + 1) * rounded_up(window, 16) + 32 + kAlignment;
  const std::uint64_t channels = rounded_up(layer.in_channels, 16);
  const std::uint64_t filters =
      (layer.filter_area() * channels + rounded_up(row, 16) * layer.filter_height) * layer.out_channels;
  const std::uint64_t copy = layer.padded() ? padded_input(layer, layer.in_channels) : 0;
  const std::uint64_t right =
      std::max(layer.out_width * layer.stride_width + layer.filter_width - 1, layer.in_width);
  const std::uint64_t below =
      std::max(layer.out_height * layer.stride_height + layer.filter_height - 1, layer.in_height);
  const bool beyond = right > layer.in_width || below > layer.in_height;
  const std::uint64_t s3 =
      copy + filters + (beyond ? right * below * layer.in_channels : 0) + kAlignment + sums;
  if (window >= 16) return s3;
  // The P4 widens the channels of small windows.
  return std::max(
      s3, sums + layer.filter_area() * 16 * layer.out_channels + padded_input(layer, 16) + kAlignment);
}

/// The ESP32-S3's; the P4 asks for nothing.
std::uint64_t esp_depthwise(const WindowLayer& layer) {
  constexpr std::uint64_t kAlignment = 64;
  constexpr std::uint64_t kLargestCopy = 40 * 1024;
  constexpr std::uint64_t kLargestPair = 48 * 1024;
  const std::uint64_t channels = layer.in_channels;
  const std::uint64_t multiplier = std::max<std::uint64_t>(layer.out_channels / channels, 1);
  const std::uint64_t filter = layer.filter_area() * layer.out_channels;
  const std::uint64_t input = layer.in_width * layer.in_height * channels;
  const std::uint64_t right = layer.out_width * layer.stride_width + layer.filter_width - 1;
  const std::uint64_t below = layer.out_height * layer.stride_height + layer.filter_height - 1;
  const std::uint64_t width =
      layer.padded() ? layer.in_width + 2 * layer.pad_width : std::max(right, layer.in_width);
  const std::uint64_t height =
      layer.padded() ? layer.in_height + 2 * layer.pad_height : std::max(below, layer.in_height);
  const bool three_by_three = layer.filter_width == 3 && layer.filter_height == 3;
  if (multiplier == 1 && three_by_three && channels % 16 == 0) {
    const std::uint64_t whole = width * height * channels;
    if (whole == input) return filter + kAlignment;
    return filter + (whole <= kLargestCopy ? whole : width * layer.filter_height * channels) + kAlignment;
  }
  if (multiplier == 1 && three_by_three && channels % 8 == 0 && channels >= 12) {
    const std::uint64_t wide = rounded_up(channels, 16);
    const std::uint64_t more_wide = 2 * layer.pad_width + std::max(right, layer.in_width);
    const std::uint64_t more_high = 2 * layer.pad_height + std::max(below, layer.in_height);
    return (9 + more_wide * more_high + layer.out_width * layer.out_height) * wide + kAlignment;
  }
  if (multiplier == 1 && channels % 8 == 0) {
    const std::uint64_t pair = kShort * (filter + input);
    if (three_by_three || pair <= kLargestPair) return pair + kAlignment;
    return kShort * (filter + layer.in_width * layer.filter_height * channels) + kAlignment;
  }
  if (multiplier == 1 && channels > 3) {
    const std::uint64_t wide = rounded_up(channels, 8);
    const std::uint64_t areas = kShort * (layer.filter_area() + layer.in_width * layer.in_height);
    return (areas + layer.out_width * layer.out_height + 3 * kSum) * wide + kAlignment;
  }
  return multiplier % 4 == 0 ? kShort * (filter + input) + kAlignment : kAlignment;
}

void add_esp(KernelMemory& memory, BuiltinOperator builtin, const WindowLayer& layer) {
  constexpr std::uint64_t kTable = 256;  // what each int8 value becomes
  if (layer.type != TensorType::INT8) return;
  switch (builtin) {
    case BuiltinOperator::CONV_2D:
      return ask_for(memory, esp_convolution(layer));
    case BuiltinOperator::DEPTHWISE_CONV_2D:
      return ask_for(memory, esp_depthwise(layer));
    case BuiltinOperator::SOFTMAX:
      return ask_for(memory, layer.in_channels * kSum);
    case BuiltinOperator::LOGISTIC:
      return ask_for(memory, kTable);
    case BuiltinOperator::HARD_SWISH:
      return ask_for(memory, 2 * kTable);
    default:
      return;
  }
}

}  // namespace

KernelSet parse_kernel_set(const std::string& text) {
  if (text == "reference") return KernelSet::reference;
  if (text == "cmsis-nn") return KernelSet::cmsis_nn;
  if (text == "esp-nn") return KernelSet::esp_nn;
  throw host::Error(fmt::format("'{}' is none of the kernels reference, cmsis-nn, esp-nn", text));
}

void add_optimised(KernelMemory& memory, KernelSet kernels, const Model& model, const Subgraph& graph,
                   const Operator& op) {
  if (kernels == KernelSet::reference) return;
  const BuiltinOperator builtin = model.code_of(op).builtin;
  const std::optional<WindowLayer> layer = window_layer(builtin, graph, op);
  if (!layer) return;
  memory.user_data += kLargerStructure;
  if (kernels == KernelSet::cmsis_nn) add_cmsis(memory, builtin, *layer);
  if (kernels == KernelSet::esp_nn) add_esp(memory, builtin, *layer);
}

}  // namespace tmd::host::model
