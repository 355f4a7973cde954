// SPDX-License-Identifier: Apache-2.0
#include "report/fleet_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "base/numbers.hpp"
#include "fleet/fleet_plan.hpp"
#include "fleet/ways_to.hpp"
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
  std::vector<std::unordered_map<std::string_view, const fleet::FleetPatch*>> by_base;
  for (const fleet::FleetManifest& release : releases) {
    table.head.push_back(label(release.target));
    auto& patches = by_base.emplace_back();
    for (const fleet::FleetPatch& patch : release.patches) patches.try_emplace(patch.base.sha256, &patch);
  }
  for (const fleet::FleetModel& base : fleet.models) {
    std::vector<std::string> row = {label(base)};
    bool has_any = false;
    for (const auto& patches : by_base) {
      const auto found = patches.find(base.sha256);
      has_any = has_any || found != patches.end();
      row.push_back(found == patches.end()
                        ? "–"
                        : bar(static_cast<double>(found->second->bytes) / static_cast<double>(largest),
                              with_commas(found->second->bytes)));
    }
    if (has_any) table.rows.push_back(row);
  }
  return to_html(table);
}

std::string ways(const std::vector<fleet::FleetManifest>& releases, const fleet::Fleet& fleet) {
  const fleet::FleetModel& target = releases.back().target;
  Table table;
  table.caption = "The fewest bytes to the last release";
  table.head = {"Base", "Way", "Bytes", "Of the model"};
  const fleet::WaysTo ways(fleet, target.sha256);
  const std::uint64_t full = fleet::bytes_of_full_model(fleet::plan_update(fleet, fleet::no_model(), target));
  for (const fleet::FleetModel& base : fleet.models) {
    if (base.sha256 == target.sha256) continue;
    const fleet::WaysTo::Way* const way = ways.from(base.sha256);
    const bool takes_patches = way != nullptr && way->bytes <= full;
    const std::uint64_t bytes = takes_patches ? way->bytes : full;
    const char* name = !takes_patches ? "full model" : way->patches == 1 ? "direct" : "chain";
    table.rows.push_back(
        {label(base), name, with_commas(bytes),
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
