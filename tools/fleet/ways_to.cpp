// SPDX-License-Identifier: Apache-2.0
#include "fleet/ways_to.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>

namespace tmd::host::fleet {
namespace {

using Cost = std::pair<std::uint64_t, std::size_t>;

Cost cost_of(const WaysTo::Way& way) {
  return {way.bytes, way.patches};
}

}  // namespace

/// Dijkstra's algorithm.
WaysTo::WaysTo(const Fleet& fleet, const std::string& target, const std::string& device) {
  std::unordered_map<std::string_view, std::vector<const FleetStep*>> steps_to;
  for (const FleetStep& step : fleet.steps) {
    if (step.to != target || step.from != device) steps_to[step.to].push_back(&step);
  }
  std::set<std::pair<Cost, std::string>> open = {{Cost(), target}};
  ways_[target] = {};
  while (!open.empty()) {
    const auto [cost, model] = open.extract(open.begin()).value();
    const auto steps = steps_to.find(model);
    if (steps == steps_to.end()) continue;
    for (const FleetStep* step : steps->second) {
      const Way found{cost.first + step->bytes, cost.second + 1, step};
      const auto [place, is_new] = ways_.try_emplace(step->from, found);
      Way& known = place->second;
      if (!is_new) {
        if (cost_of(known) < cost_of(found)) continue;
        if (cost_of(known) == cost_of(found) && order_of(known.first->to) <= order_of(step->to)) continue;
        open.erase({cost_of(known), step->from});
        known = found;
      }
      open.emplace(cost_of(found), step->from);
    }
  }
}

/// Of ways that cost the same a search from the device comes first to the one whose last patch costs the most, and so
/// on to the front; then names decide. The same are taken here: trees that are published keep their pointers.
WaysTo::Order WaysTo::order_of(const std::string& model) const {
  Order order;
  const Way* way = from(model);
  for (; way->first != nullptr; way = from(way->first->to))
    order.emplace_back(~way->bytes, ~way->patches, way->first->from);
  std::reverse(order.begin(), order.end());
  return order;
}

const WaysTo::Way* WaysTo::from(const std::string& model) const {
  const auto found = ways_.find(model);
  return found == ways_.end() ? nullptr : &found->second;
}

std::vector<FleetStep> WaysTo::steps_from(const std::string& model) const {
  std::vector<FleetStep> steps;
  for (const Way* way = from(model); way != nullptr && way->first != nullptr; way = from(way->first->to))
    steps.push_back(*way->first);
  return steps;
}

}  // namespace tmd::host::fleet
