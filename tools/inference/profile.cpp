// SPDX-License-Identifier: Apache-2.0
#include "inference/profile.hpp"

#include <algorithm>
#include <chrono>
#include <set>

#include "model/kernel_memory.hpp"
#include "model/lifetimes.hpp"

namespace tmd::host::inference {
namespace {

using model::BuiltinOperator;

const model::Tensor* tensor_at(const model::Subgraph& graph, const std::vector<std::int32_t>& list,
                               std::size_t index) {
  if (index >= list.size() || list[index] < 0) return nullptr;
  return &graph.tensors[static_cast<std::size_t>(list[index])];
}

std::uint64_t elements_of(const model::Tensor& tensor) {
  const std::uint32_t size = model::element_size(tensor.type);
  return size == 0 ? 0 : model::byte_count(tensor) / size;
}

/// Activations that are alive while each operator of the main subgraph runs.
void add_live_bytes(const model::Model& model, std::vector<LayerCost>& layers) {
  const model::Subgraph& graph = model.main();
  constexpr std::uint64_t kAlignment = 16;
  std::vector<std::ptrdiff_t> first(graph.tensors.size(), -1), last(graph.tensors.size(), -1);
  const auto touch = [&](std::int32_t tensor, std::ptrdiff_t step) {
    if (tensor < 0) return;
    const auto t = static_cast<std::size_t>(tensor);
    if (first[t] < 0) first[t] = step;
    last[t] = step;
  };
  for (const std::int32_t t : graph.inputs) touch(t, 0);
  for (const std::int32_t t : graph.outputs) touch(t, 0);
  for (std::size_t i = 0; i < graph.operators.size(); ++i) {
    for (const std::int32_t t : graph.operators[i].inputs) touch(t, static_cast<std::ptrdiff_t>(i));
    for (const std::int32_t t : graph.operators[i].outputs) touch(t, static_cast<std::ptrdiff_t>(i));
  }
  for (const std::int32_t t : graph.outputs) touch(t, static_cast<std::ptrdiff_t>(graph.operators.size()));
  for (std::size_t t = 0; t < graph.tensors.size(); ++t) {
    if (graph.tensors[t].is_constant() || first[t] < 0) continue;
    const std::uint64_t size =
        (model::byte_count(graph.tensors[t]) + kAlignment - 1) / kAlignment * kAlignment;
    for (std::ptrdiff_t i = first[t]; i <= last[t] && i < std::ssize(layers); ++i)
      layers[static_cast<std::size_t>(i)].live += size;
  }
}

}  // namespace

std::uint64_t macs_of(const model::Model& model, const model::Subgraph& graph, const model::Operator& op) {
  const model::Tensor* weights = tensor_at(graph, op.inputs, 1);
  const model::Tensor* output = tensor_at(graph, op.outputs, 0);
  if (weights == nullptr || output == nullptr) return 0;
  const std::uint64_t outputs = elements_of(*output), all = elements_of(*weights);
  switch (model.code_of(op).builtin) {
    case BuiltinOperator::CONV_2D:
    case BuiltinOperator::FULLY_CONNECTED:
      return weights->shape.empty() || weights->shape[0] < 1
                 ? 0
                 : outputs * (all / static_cast<std::uint64_t>(weights->shape[0]));
    case BuiltinOperator::DEPTHWISE_CONV_2D:
      return weights->shape.size() < 4 || weights->shape[3] < 1
                 ? 0
                 : outputs * (all / static_cast<std::uint64_t>(weights->shape[3]));
    default:
      return 0;
  }
}

Profile profile_model(ModelRunner& runner, ConstBytes input, int runs) {
  const model::Model& model = runner.model();
  const model::Subgraph& graph = model.main();
  Profile profile;
  std::set<std::int32_t> counted;
  for (const model::Operator& op : graph.operators) {
    LayerCost layer;
    layer.name = model::operator_name(model.code_of(op));
    layer.macs = macs_of(model, graph, op);
    for (const std::int32_t t : op.inputs) {
      if (t < 0 || !graph.tensors[static_cast<std::size_t>(t)].is_constant()) continue;
      const std::uint64_t size = graph.tensors[static_cast<std::size_t>(t)].data.size;
      layer.weights += size;
      if (counted.insert(t).second) profile.weights += size;
    }
    for (const std::int32_t t : op.outputs)
      if (t >= 0) layer.elements += elements_of(graph.tensors[static_cast<std::size_t>(t)]);
    profile.macs += layer.macs;
    profile.elements += layer.elements;
    profile.layers.push_back(layer);
  }
  add_live_bytes(model, profile.layers);
  using Clock = std::chrono::steady_clock;
  for (int run = 0; run < runs; ++run) {
    Clock::time_point before = Clock::now();
    runner.run(input, [&](std::uint32_t index) {
      const Clock::time_point now = Clock::now();
      const double us = std::chrono::duration<double, std::micro>(now - before).count();
      double& best = profile.layers[index].host_us;
      best = run == 0 ? us : std::min(best, us);
      before = now;
    });
  }
  for (const LayerCost& layer : profile.layers) profile.host_us += layer.host_us;
  return profile;
}

double Profile::milliseconds(const DeviceFigures& device) const {
  const double cycles = static_cast<double>(macs) * device.cycles_per_mac +
                        static_cast<double>(elements) * device.cycles_per_element;
  return cycles / (device.mhz * 1000);
}
double Profile::millijoules(const DeviceFigures& device) const {
  return milliseconds(device) * device.active_mw / 1000;
}
double Profile::mean_milliwatts(const DeviceFigures& device) const {
  // A device whose inferences take longer than the period computes all the time, and no faster.
  const double busy = std::min(milliseconds(device) / device.period_ms, 1.0);
  return busy * device.active_mw + device.idle_mw;
}

}  // namespace tmd::host::inference
