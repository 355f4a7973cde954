// SPDX-License-Identifier: Apache-2.0
#include "model/memory_plan.hpp"

#include <algorithm>
#include <cstddef>

namespace tmd::host::model {
namespace {

struct Placed {
  std::uint64_t offset;
  std::size_t buffer;
};

bool alive_together(const PlannedBuffer& a, const PlannedBuffer& b) {
  return a.first_step <= b.last_step && b.first_step <= a.last_step;
}

/// The order in which TFLM places: fixed ones as they come, the others by falling size; among equal sizes the
/// one added last comes first.
std::vector<std::size_t> placing_order(const std::vector<PlannedBuffer>& buffers) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    if (buffers[i].fixed_offset) order.push_back(i);
  }
  const auto floating = static_cast<std::ptrdiff_t>(order.size());
  for (std::size_t i = buffers.size(); i-- > 0;) {
    if (!buffers[i].fixed_offset) order.push_back(i);
  }
  std::stable_sort(order.begin() + floating, order.end(),
                   [&](std::size_t a, std::size_t b) { return buffers[a].size > buffers[b].size; });
  return order;
}

std::uint64_t lowest_gap(const std::vector<PlannedBuffer>& buffers, const std::vector<Placed>& placed,
                         const PlannedBuffer& wanted) {
  std::uint64_t offset = 0;
  for (const Placed& other : placed) {
    if (!alive_together(buffers[other.buffer], wanted)) continue;
    if (other.offset >= offset && other.offset - offset >= wanted.size) break;
    offset = std::max(offset, other.offset + buffers[other.buffer].size);
  }
  return offset;
}

}  // namespace

std::uint64_t planned_size(const std::vector<PlannedBuffer>& buffers) {
  std::vector<Placed> placed;  // by rising offset
  std::uint64_t end = 0;
  for (const std::size_t index : placing_order(buffers)) {
    const PlannedBuffer& wanted = buffers[index];
    const std::uint64_t offset =
        wanted.fixed_offset ? *wanted.fixed_offset : lowest_gap(buffers, placed, wanted);
    const auto after = std::upper_bound(placed.begin(), placed.end(), offset,
                                        [](std::uint64_t o, const Placed& p) { return o < p.offset; });
    placed.insert(after, {offset, index});
    end = std::max(end, offset + wanted.size);
  }
  return end;
}

}  // namespace tmd::host::model
