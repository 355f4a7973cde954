// SPDX-License-Identifier: Apache-2.0
#include "report/fleet_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/numbers.hpp"
#include "fleet/fleet_plan.hpp"
#include "report/html.hpp"

namespace tmd::host::report {
namespace {

std::string label(const fleet::FleetModel& model) {
  if (model.bytes == 0) return "no model yet";
  const std::string name = model.names.empty() ? model.sha256.substr(0, 12) : model.names.front();
  return escaped(name) +
         (model.version.empty() ? "" : " <span class=\"soft\">" + escaped(model.version) + "</span>");
}

std::string matrix(const std::vector<fleet::FleetManifest>& releases, const fleet::Fleet& fleet) {
  std::uint64_t largest = 1;
  for (const fleet::FleetStep& step : fleet.steps) largest = std::max(largest, step.bytes);
  Table table;
  table.caption = "Patch bytes from each base (rows) to each release (columns)";
  table.head = {"Base"};
  for (const fleet::FleetManifest& release : releases) table.head.push_back(label(release.target));
  for (const fleet::FleetModel& base : fleet.models) {
    std::vector<std::string> row = {label(base)};
    bool has_any = false;
    for (const fleet::FleetManifest& release : releases) {
      const auto found =
          std::find_if(release.patches.begin(), release.patches.end(),
                       [&](const fleet::FleetPatch& patch) { return patch.base.sha256 == base.sha256; });
      has_any = has_any || found != release.patches.end();
      row.push_back(found == release.patches.end()
                        ? "–"
                        : bar(static_cast<double>(found->bytes) / static_cast<double>(largest),
                              with_commas(found->bytes)));
    }
    if (has_any) table.rows.push_back(row);
  }
  return to_html(table);
}

std::string ways(const std::vector<fleet::FleetManifest>& releases, const fleet::Fleet& fleet) {
  using Way = fleet::FleetPlan::Way;
  const fleet::FleetModel& target = releases.back().target;
  Table table;
  table.caption = "The fewest bytes to the last release";
  table.head = {"Base", "Way", "Bytes", "Of the model"};
  for (const fleet::FleetModel& base : fleet.models) {
    const fleet::FleetPlan plan = fleet::plan_update(fleet, base, target);
    if (plan.best == Way::none) continue;
    const std::uint64_t bytes = plan.best == Way::direct  ? fleet::bytes_of(plan.direct)
                                : plan.best == Way::chain ? fleet::bytes_of(plan.chain)
                                                          : fleet::bytes_of_full_model(plan);
    const char* way = plan.best == Way::direct ? "direct" : plan.best == Way::chain ? "chain" : "full model";
    table.rows.push_back(
        {label(base), way, with_commas(bytes),
         fmt::format("{:.1f} %", 100.0 * static_cast<double>(bytes) /
                                     static_cast<double>(std::max<std::uint64_t>(target.bytes, 1)))});
  }
  return to_html(table);
}

}  // namespace

std::string to_html(const std::vector<fleet::FleetManifest>& releases) {
  fleet::Fleet fleet;
  for (const fleet::FleetManifest& release : releases) fleet.add(release);
  return page("Patches of the fleet", {section("matrix", "Base by release", matrix(releases, fleet)),
                                       section("ways", "What a device should take", ways(releases, fleet))});
}

}  // namespace tmd::host::report
