// SPDX-License-Identifier: Apache-2.0
#include "slim/shared_tensors.hpp"

#include <fmt/format.h>

#include <algorithm>

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
  std::vector<std::size_t> by_offset;
  for (std::size_t i = 0; i < uses.size(); ++i) {
    if (uses[i] > 1) is_shared_[i] = true;
    if (!graph.tensors[i].data.empty()) by_offset.push_back(i);
  }
  std::sort(by_offset.begin(), by_offset.end(), [&](std::size_t a, std::size_t b) {
    return graph.tensors[a].data.offset < graph.tensors[b].data.offset;
  });
  // Of all that begin before, the one that ends last; what else reaches as far overlaps that one, and is marked.
  std::size_t last = by_offset.empty() ? 0 : by_offset.front();
  for (std::size_t n = 1; n < by_offset.size(); ++n) {
    const std::size_t i = by_offset[n];
    const model::ByteRange& before = graph.tensors[last].data;
    const model::ByteRange& range = graph.tensors[i].data;
    if (overlap(range, before)) is_shared_[i] = is_shared_[last] = true;
    if (range.offset + range.size > before.offset + before.size) last = i;
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
