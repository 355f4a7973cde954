// SPDX-License-Identifier: Apache-2.0
#include "fleet/roll_out.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "fleet/fleet_plan.hpp"
#include "fleet/ways_to.hpp"

namespace tmd::host::fleet {
namespace {

const std::string& nothing() {
  static const std::string digest = sha256_text(ConstBytes());
  return digest;
}

/// The steps of a fleet name patches by their file; here they are found by what they join, the smallest of them.
using Patches = std::map<std::pair<std::string, std::string>, Pointer>;

void add_patches(Patches& patches, const FleetManifest& release) {
  for (const FleetPatch& patch : release.patches) {
    const Pointer pointer = {patch.sha256, patch.identity, release.target.sha256, patch.bytes};
    const auto [place, is_new] = patches.try_emplace({patch.base.sha256, release.target.sha256}, pointer);
    if (!is_new && pointer.bytes < place->second.bytes) place->second = pointer;
  }
}

}  // namespace

std::vector<Release> releases_of(const ReleaseLog& log, const std::string& channel) {
  std::vector<Release> releases;
  for (const ReleaseEntry& entry : log.entries()) {
    if (entry.channel != channel) continue;
    const auto same = [&](const Release& known) {
      return known.manifest.target.sha256 == entry.release.target.sha256;
    };
    auto known = std::find_if(releases.begin(), releases.end(), same);
    if (entry.action == ReleaseEntry::Action::withdraw) {
      if (known != releases.end()) known->withdrawn = true;
      continue;
    }
    if (known == releases.end()) known = releases.insert(releases.end(), Release());
    known->manifest = entry.release;
    known->percent = entry.percent;
  }
  return releases;
}

std::map<std::string, Pointer> pointers_for(const std::vector<Release>& releases, unsigned bucket) {
  std::string target;
  Fleet fleet;
  Patches patches;
  for (const Release& release : releases) {
    if (release.withdrawn || bucket >= release.percent) continue;
    fleet.add(release.manifest);
    add_patches(patches, release.manifest);
    target = release.manifest.target.sha256;
  }
  const WaysTo ways(fleet, target);
  const auto full = patches.find({nothing(), target});
  std::map<std::string, Pointer> pointers;
  for (const FleetModel& base : fleet.models) {
    if (base.sha256 == target) continue;
    const WaysTo::Way* const way = ways.from(base.sha256);
    // A patch that brings the full model takes the place of a way that costs more, or of none. The model as it is,
    // which may be less than either, lies nowhere.
    if (full != patches.end() && (way == nullptr || full->second.bytes < way->bytes))
      pointers[base.sha256] = full->second;
    else if (way != nullptr)
      pointers[base.sha256] = patches.at({way->first->from, way->first->to});
  }
  return pointers;
}

bool is_as_before(const std::vector<Release>& releases, unsigned bucket) {
  return bucket != 0 && std::none_of(releases.begin(), releases.end(),
                                     [&](const Release& release) { return release.percent == bucket; });
}

std::string pointer_name(const std::string& base_sha256) {
  constexpr std::size_t kPointerDigits = 16;
  return base_sha256 == nothing() ? "nothing" : base_sha256.substr(0, kPointerDigits);
}

std::string to_json(const Pointer& pointer) {
  const nlohmann::ordered_json json = {
      {"o", pointer.object}, {"n", pointer.bytes}, {"i", pointer.identity}, {"t", pointer.target}};
  return json.dump() + "\n";
}

}  // namespace tmd::host::fleet
