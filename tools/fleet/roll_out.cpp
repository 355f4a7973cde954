// SPDX-License-Identifier: Apache-2.0
#include "fleet/roll_out.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "fleet/fleet_plan.hpp"

namespace tmd::host::fleet {
namespace {

const std::string& nothing() {
  static const std::string digest = sha256_text(ConstBytes());
  return digest;
}

Pointer pointer_to(const FleetManifest& release, const FleetPatch& patch) {
  return {patch.sha256, patch.identity, release.target.sha256, patch.bytes};
}

/// The steps of a fleet name patches by their file; here they are found by what they join.
const FleetPatch* patch_of(const std::vector<const Release*>& releases, const FleetStep& step,
                           Pointer& pointer) {
  const FleetPatch* best = nullptr;
  for (const Release* release : releases) {
    if (release->manifest.target.sha256 != step.to) continue;
    for (const FleetPatch& patch : release->manifest.patches) {
      const bool joins = patch.base.sha256 == step.from;
      if (!joins || (best != nullptr && best->bytes <= patch.bytes)) continue;
      best = &patch;
      pointer = pointer_to(release->manifest, patch);
    }
  }
  return best;
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
  std::vector<const Release*> active;
  Fleet fleet;
  for (const Release& release : releases) {
    if (release.withdrawn || bucket >= release.percent) continue;
    active.push_back(&release);
    fleet.add(release.manifest);
  }
  std::map<std::string, Pointer> pointers;
  if (active.empty()) return pointers;
  const FleetModel& target = active.back()->manifest.target;
  Pointer full;
  const bool has_full = patch_of(active, {nothing(), target.sha256, "", 0}, full) != nullptr;
  for (const FleetModel& base : fleet.models) {
    if (base.sha256 == target.sha256) continue;
    const FleetPlan plan = plan_update(fleet, base, target);
    // The model as it is, which may be less than either, lies nowhere.
    const bool takes_chain =
        plan.direct.empty() || (!plan.chain.empty() && bytes_of(plan.chain) < bytes_of(plan.direct));
    const std::vector<FleetStep>& way = takes_chain ? plan.chain : plan.direct;
    Pointer pointer;
    if (!way.empty()) (void)patch_of(active, way.front(), pointer);
    // A patch that brings the full model takes the place of a way that costs more, or of none.
    if (has_full && (way.empty() || full.bytes < bytes_of(way))) pointer = full;
    if (!pointer.object.empty()) pointers[base.sha256] = pointer;
  }
  return pointers;
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
