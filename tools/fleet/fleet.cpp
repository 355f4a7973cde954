// SPDX-License-Identifier: Apache-2.0
#include "fleet/fleet.hpp"

namespace tmd::host::fleet {

void Fleet::add(const FleetModel& model) {
  const auto [place, is_new] = places_.try_emplace(model.sha256, models.size());
  if (is_new) models.push_back(model);
  FleetModel& known = models[place->second];
  if (known.version.empty()) known.version = model.version;
  for (const std::string& name : model.names) {
    if (names_.emplace(place->second, name).second && !is_new) known.names.push_back(name);
  }
}

void Fleet::add(const FleetManifest& manifest) {
  add(manifest.target);
  for (const FleetPatch& patch : manifest.patches) {
    add(patch.base);
    steps.push_back({patch.base.sha256, manifest.target.sha256, patch.file, patch.bytes});
  }
}

const FleetModel* Fleet::find(const std::string& sha256) const {
  const auto found = places_.find(sha256);
  return found == places_.end() ? nullptr : &models[found->second];
}

}  // namespace tmd::host::fleet
