// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fleet/fleet_manifest.hpp"

namespace tmd::host::fleet {

/// A patch that exists, or would, between two models of a fleet.
struct FleetStep {
  std::string from;  ///< SHA-256 of the base; of no bytes for devices without a model.
  std::string to;
  std::string file;  ///< Empty: it was measured only.
  std::uint64_t bytes = 0;
};

/// The models and patches of one or more releases.
struct Fleet {
  std::vector<FleetModel> models;
  std::vector<FleetStep> steps;

  /// Adds a model unless it is known; a version or names that were not known are kept.
  void add(const FleetModel& model);
  void add(const FleetManifest& manifest);
  const FleetModel* find(const std::string& sha256) const;

 private:
  // A manifest may list any number of models, each under any number of names.
  std::unordered_map<std::string, std::size_t> places_;  ///< Of models, by their SHA-256.
  std::set<std::pair<std::size_t, std::string>> names_;  ///< Of the model in this place.
};

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
