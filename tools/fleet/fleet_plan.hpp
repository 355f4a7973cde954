// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fleet/fleet.hpp"

namespace tmd::host::fleet {

/// The ways from a device's model to the target. A way that there is not has no steps; of the full model the bytes are
/// then those of the model as it is, which no patch of an empty base is much larger than.
struct FleetPlan {
  enum class Way { none, direct, chain, full };

  FleetModel device;
  FleetModel target;
  std::vector<FleetStep> direct;  ///< One patch.
  std::vector<FleetStep> chain;   ///< The cheapest way over other models.
  std::vector<FleetStep> full;    ///< The patch from an empty base, which every device can take.
  Way best = Way::none;           ///< The fewest bytes, then the fewest steps; none: it is there already.
};

std::uint64_t bytes_of(const std::vector<FleetStep>& steps);
std::uint64_t bytes_of_full_model(const FleetPlan& plan);

FleetPlan plan_update(const Fleet& fleet, const FleetModel& device, const FleetModel& target);

/// The model that a person means: by name, version, or the first eight or more digits of its SHA-256. Throws
/// host::Error where there is none, or several.
const FleetModel& model_named(const Fleet& fleet, const std::string& text);

}  // namespace tmd::host::fleet
