// SPDX-License-Identifier: Apache-2.0
#include "exports/hawkbit.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "fleet/release_patches.hpp"

namespace tmd::host::exports {
namespace {

using Json = nlohmann::ordered_json;

std::string short_base(const fleet::FleetPatch& patch) {
  return base_name(patch).substr(0, 16);
}

/// Modules and sets are told apart by name and version: the release is the version, the base stands in the name.
std::string name_for(const ReleaseFolder& release, const fleet::FleetPatch& patch) {
  return fmt::format("{}-from-{}", release.name, short_base(patch));
}

Json module_for(const ReleaseFolder& release, const fleet::FleetPatch& patch) {
  const Json artifact = {
      {"filename", patch.file}, {"size", patch.bytes}, {"hashes", {{"sha256", patch.sha256}}}};
  return {{"name", name_for(release, patch)},
          {"version", release.version()},
          {"type", "application"},
          {"description", fmt::format("Model patch, identity {}", patch.identity)},
          {"artifacts", Json::array({artifact})}};
}

Json set_for(const ReleaseFolder& release, const fleet::FleetPatch& patch) {
  const Json module = {{"name", name_for(release, patch)}, {"version", release.version()}};
  return {{"name", name_for(release, patch)},
          {"version", release.version()},
          {"type", "app"},
          {"requiredMigrationStep", false},
          {"modules", Json::array({module})}};
}

Json filter_for(const ReleaseFolder& release, const fleet::FleetPatch& patch) {
  return {{"name", fmt::format("{}-{}-from-{}", release.name, release.version(), short_base(patch))},
          {"query", fmt::format("attribute.{}=={}", kHawkbitAttribute, base_name(patch))},
          {"autoAssignDS",
           {{"name", name_for(release, patch)}, {"version", release.version()}, {"type", "forced"}}}};
}

}  // namespace

std::vector<Exported> export_hawkbit(const ReleaseFolder& release) {
  Json json = {{"softwareModules", Json::array()},
               {"distributionSets", Json::array()},
               {"targetFilters", Json::array()}};
  std::vector<Exported> done;
  for (const fleet::FleetPatch& patch : release.manifest.patches) {
    json["softwareModules"].push_back(module_for(release, patch));
    json["distributionSets"].push_back(set_for(release, patch));
    json["targetFilters"].push_back(filter_for(release, patch));
    const Bytes bytes = fleet::read_fleet_patch(release.patches, patch);
    write_file(release.output / patch.file, view(bytes));
    done.push_back({patch.file, patch.bytes, patch.bytes});
  }
  write_json(release.output / kHawkbitName, json);
  return done;
}

}  // namespace tmd::host::exports
