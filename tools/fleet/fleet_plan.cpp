// SPDX-License-Identifier: Apache-2.0
#include "fleet/fleet_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "fleet/ways_to.hpp"

namespace tmd::host::fleet {
namespace {

/// The smallest patch from one model to another; no step where there is none.
std::vector<FleetStep> cheapest_step(const Fleet& fleet, const std::string& from, const std::string& to) {
  std::vector<FleetStep> cheapest;
  for (const FleetStep& step : fleet.steps) {
    const bool leads_there = step.from == from && step.to == to;
    if (leads_there && (cheapest.empty() || step.bytes < cheapest[0].bytes)) cheapest = {step};
  }
  return cheapest;
}

bool is_meant(const FleetModel& model, const std::string& text) {
  constexpr std::size_t kFewestDigits = 8;
  return (!model.version.empty() && model.version == text) || (model.bytes == 0 && text == "nothing") ||
         (text.size() >= kFewestDigits && model.sha256.starts_with(text)) ||
         std::find(model.names.begin(), model.names.end(), text) != model.names.end();
}

/// The first ones, for people who mistyped one.
std::string names_of(const Fleet& fleet) {
  constexpr std::size_t kMost = 8;
  std::string names;
  for (std::size_t i = 0; i < fleet.models.size() && i < kMost; ++i) {
    const FleetModel& model = fleet.models[i];
    names += (i == 0 ? "" : ", ") + (model.bytes == 0      ? std::string("nothing")
                                     : model.names.empty() ? model.sha256.substr(0, 16)
                                                           : model.names.front());
  }
  return names +
         (fleet.models.size() > kMost ? fmt::format(" and {} more", fleet.models.size() - kMost) : "");
}

}  // namespace

std::uint64_t bytes_of(const std::vector<FleetStep>& steps) {
  std::uint64_t total = 0;
  for (const FleetStep& step : steps) total += step.bytes;
  return total;
}

std::uint64_t bytes_of_full_model(const FleetPlan& plan) {
  return plan.full.empty() ? plan.target.bytes : bytes_of(plan.full);
}

FleetPlan plan_update(const Fleet& fleet, const FleetModel& device, const FleetModel& target) {
  FleetPlan plan;
  plan.device = device;
  plan.target = target;
  if (device.sha256 == target.sha256) return plan;
  plan.direct = cheapest_step(fleet, device.sha256, target.sha256);
  plan.chain = WaysTo(fleet, target.sha256, device.sha256).steps_from(device.sha256);
  plan.full = cheapest_step(fleet, no_model().sha256, target.sha256);
  plan.best = FleetPlan::Way::full;
  std::uint64_t best = bytes_of_full_model(plan);
  if (!plan.chain.empty() && bytes_of(plan.chain) <= best) {
    plan.best = FleetPlan::Way::chain;
    best = bytes_of(plan.chain);
  }
  if (!plan.direct.empty() && bytes_of(plan.direct) <= best) plan.best = FleetPlan::Way::direct;
  return plan;
}

const FleetModel& model_named(const Fleet& fleet, const std::string& text) {
  const FleetModel* found = nullptr;
  for (const FleetModel& model : fleet.models) {
    if (!is_meant(model, text)) continue;
    if (found != nullptr)
      throw host::Error(fmt::format("'{}' could be {} or {}; give the digits of its SHA-256", text,
                                    found->sha256.substr(0, 16), model.sha256.substr(0, 16)));
    found = &model;
  }
  if (found == nullptr)
    throw host::Error(
        fmt::format("'{}' is neither a file nor a name, version or SHA-256 of a model that is known here; "
                    "there are {}",
                    text, names_of(fleet)));
  return *found;
}

}  // namespace tmd::host::fleet
