// SPDX-License-Identifier: Apache-2.0
#include "model/signal_memory.hpp"

#include <algorithm>

namespace tmd::host::model {
namespace {

/// The shapes that decide: first input, first output.
struct Signal {
  const Tensor& in;
  const Tensor& out;

  static std::uint64_t last(const Tensor& tensor, std::size_t back = 0) {
    const std::size_t rank = tensor.shape.size();
    return back < rank ? static_cast<std::uint64_t>(std::max(tensor.shape[rank - 1 - back], 1)) : 1;
  }
  static std::uint64_t elements(const Tensor& tensor) {
    return byte_count(tensor) / std::max(element_size(tensor.type), 1U);
  }
  /// How many signals lie beside each other.
  static std::uint64_t rows(const Tensor& tensor) { return elements(tensor) / last(tensor); }
};

/// A ring of twice the capacity in 16-bit numbers, with its indices in front.
std::uint64_t ring(std::uint64_t capacity) {
  constexpr std::uint64_t kIndices = 24;
  return kIndices + 2 * capacity * sizeof(std::int16_t);
}

/// KISS FFT for real signals: its own structure, that of a transform of half the length with 32 pairs of factors, and
/// three halves of twiddles and working memory for each of its points.
std::uint64_t transform(std::uint64_t length, TensorType type) {
  constexpr std::uint64_t kRealState = 12;
  constexpr std::uint64_t kComplexState = 8 + 64 * kInt32 + 8;
  const std::uint64_t point = type == TensorType::INT16 ? 4 : 8;
  const std::uint64_t half = length / 2;
  return kRealState + kComplexState + half * point + half * 3 / 2 * point + point;
}

/// A list of pointers to rings and one to their memory, then the rings.
void add_rings(KernelMemory& memory, std::uint64_t count, std::uint64_t capacity) {
  // More of them than any signal chain has; a hostile shape must not fill the host's memory.
  constexpr std::uint64_t kMost = 4096;
  memory.persistent = {count * kPointer, count * kPointer};
  if (count > kMost)
    memory.persistent.push_back(count * (ring(capacity) + 16));
  else
    memory.persistent.insert(memory.persistent.end(), count, ring(capacity));
}

KernelMemory of_size(std::uint32_t user_data, std::vector<std::uint64_t> persistent = {}) {
  KernelMemory memory;
  memory.user_data = user_data;
  memory.persistent = std::move(persistent);
  return memory;
}

KernelMemory forward_transform(const Signal& signal) {
  // The output holds length / 2 + 1 complex numbers.
  const std::uint64_t length = 2 * (std::max<std::uint64_t>(Signal::last(signal.out) / 2, 1) - 1);
  KernelMemory memory = of_size(32, {transform(length, signal.in.type)});
  memory.scratch = {length * element_size(signal.in.type)};
  return memory;
}

KernelMemory inverse_transform(const Signal& signal) {
  const std::uint64_t length = 2 * (std::max<std::uint64_t>(Signal::last(signal.in) / 2, 1) - 1);
  constexpr std::uint64_t kFloatState = 8;
  return of_size(24, {transform(length, signal.in.type) + kFloatState});
}

KernelMemory framer(const Signal& signal) {
  const std::uint64_t size = Signal::last(signal.out);
  const std::uint64_t frames = Signal::last(signal.out, 1);
  const std::uint64_t step = std::max<std::uint64_t>(Signal::last(signal.in) / frames, 1);
  KernelMemory memory = of_size(28);
  add_rings(memory, Signal::rows(signal.in), (size + step - 1) / step * step);
  return memory;
}

KernelMemory overlap_add(const Signal& signal) {
  const std::uint64_t frames = Signal::last(signal.in, 1);
  const std::uint64_t rows = std::max<std::uint64_t>(Signal::rows(signal.in) / frames, 1);
  const std::uint64_t bytes = Signal::last(signal.in) * element_size(signal.in.type);
  return of_size(24, {rows * kPointer, rows * ((bytes + 15) / 16 * 16)});
}

/// How long the delay is stands in its options alone; a second of 16 kHz bounds it.
KernelMemory delay(const Signal& signal) {
  constexpr std::uint64_t kLongest = 16000;
  KernelMemory memory = of_size(20);
  add_rings(memory, Signal::rows(signal.in), Signal::last(signal.in) + kLongest);
  memory.known = false;
  return memory;
}

}  // namespace

std::optional<KernelMemory> signal_memory(const std::string& name, const Subgraph& graph,
                                          const Operator& op) {
  if (!name.starts_with("Signal") || op.inputs.empty() || op.outputs.empty() || op.inputs[0] < 0 ||
      op.outputs[0] < 0)
    return std::nullopt;
  const Signal signal = {graph.tensors[static_cast<std::size_t>(op.inputs[0])],
                         graph.tensors[static_cast<std::size_t>(op.outputs[0])]};
  if (name == "SignalRfft") return forward_transform(signal);
  if (name == "SignalIrfft") return inverse_transform(signal);
  if (name == "SignalFramer") return framer(signal);
  if (name == "SignalOverlapAdd") return overlap_add(signal);
  if (name == "SignalDelay") return delay(signal);
  if (name == "SignalStacker") return of_size(44, {ring(Signal::last(signal.out))});
  if (name == "SignalFilterBank") return of_size(48, {(Signal::last(signal.out) + 1) * 8});
  if (name == "SignalFilterBankSpectralSubtraction") return of_size(48, {Signal::last(signal.out) * kInt32});
  if (name == "SignalWindow" || name == "SignalEnergy" || name == "SignalFilterBankLog") return of_size(8);
  if (name == "SignalPCAN") return of_size(4);
  if (name == "SignalFftAutoScale" || name == "SignalFilterBankSquareRoot") return of_size(0);
  return std::nullopt;
}

}  // namespace tmd::host::model
