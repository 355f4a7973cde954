// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
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

}  // namespace tmd::host::fleet
