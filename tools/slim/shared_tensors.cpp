// SPDX-License-Identifier: Apache-2.0
#include "slim/shared_tensors.hpp"

#include <fmt/format.h>

#include "base/error.hpp"

namespace tmd::host::slim {
namespace {

bool overlap(const model::ByteRange& a, const model::ByteRange& b) {
  return !a.empty() && !b.empty() && a.offset < b.offset + b.size && b.offset < a.offset + a.size;
}

}  // namespace

SharedTensors::SharedTensors(const model::Subgraph& graph) : graph_(graph), is_shared_(graph.tensors.size()) {
  std::vector<std::size_t> uses(graph.tensors.size());
  for (const model::Operator& op : graph.operators) {
    for (const std::int32_t input : op.inputs)
      if (input >= 0) ++uses[static_cast<std::size_t>(input)];
  }
  for (std::size_t i = 0; i < uses.size(); ++i) {
    if (uses[i] > 1) is_shared_[i] = true;
    for (std::size_t other = 0; other < i; ++other)
      if (overlap(graph.tensors[i].data, graph.tensors[other].data)) is_shared_[i] = is_shared_[other] = true;
  }
}

void SharedTensors::note(std::size_t tensor, ConstBytes bytes) {
  if (!is_shared_[tensor]) return;
  const auto [noted, is_first] = wanted_.try_emplace(tensor, bytes.begin(), bytes.end());
  if (!is_first && !equal_bytes(host::view(noted->second), bytes)) refuse(tensor, tensor);
}

void SharedTensors::check(ConstBytes file) const {
  for (const auto& [tensor, bytes] : wanted_) {
    const model::ByteRange& range = graph_.tensors[tensor].data;
    if (equal_bytes(file.slice(range.offset, bytes.size()), host::view(bytes))) continue;
    for (const auto& [other, theirs] : wanted_) {
      const model::ByteRange& place = graph_.tensors[other].data;
      const bool agrees = place == range && equal_bytes(host::view(theirs), host::view(bytes));
      if (overlap(range, place) && !agrees) refuse(tensor, other);
    }
  }
}

void SharedTensors::refuse(std::size_t tensor, std::size_t other) const {
  throw host::Error(
      fmt::format("tensors {} ('{}') and {} ('{}') are the same bytes in the base, and would have to differ "
                  "in a slim model of it; "
                  "send the target as it is with tmd diff",
                  tensor, graph_.tensors[tensor].name, other, graph_.tensors[other].name));
}

}  // namespace tmd::host::slim
