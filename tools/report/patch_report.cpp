// SPDX-License-Identifier: Apache-2.0
#include "report/patch_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/numbers.hpp"
#include "patch/entry_text.hpp"
#include "report/flash_pictures.hpp"
#include "report/html.hpp"
#include "sizing/radio_costs.hpp"

namespace tmd::host::report {
namespace {

constexpr std::size_t kMostLayers = 60;

std::string bytes_text(std::uint64_t bytes) {
  return with_commas(bytes) + " bytes";
}
double share_of(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

std::string summary(const PatchReport& report) {
  const auto size = static_cast<double>(report.patch.bytes.size());
  const Manifest& manifest = report.patch.manifest;
  return fmt::format(
      "<dl><dt>Base</dt><dd>{}, {}</dd><dt>Target</dt><dd>{}, {}</dd>"
      "<dt>Patch</dt><dd>{}, {:.2f} % of the target{}</dd><dt>Identity</dt><dd>{:08x}</dd>"
      "<dt>Signed</dt><dd>{}</dd><dt>Encrypted</dt><dd>{}</dd></dl>\n",
      escaped(report.base_name), bytes_text(report.base_bytes), escaped(report.target_name),
      bytes_text(report.target_bytes), bytes_text(report.patch.bytes.size()),
      100 * share_of(size, static_cast<double>(report.target_bytes)),
      report.was_given ? "" : " (made for this page, unsigned)", report.patch.identity(),
      manifest.authenticated ? "yes" : "no", manifest.encrypted ? "yes" : "no");
}

std::string verdict(const PatchReport& report) {
  if (!report.check) return "<p>Base or target is no TFLite model: nothing can be said about firmware.</p>\n";
  const bool patch = report.check->verdict == model::Verdict::patch;
  std::string html = fmt::format("<p><strong class=\"{}\">{}</strong></p>\n", patch ? "good" : "bad",
                                 patch ? "A model patch is enough." : "The firmware must change too.");
  Table table;
  table.caption = "Reasons";
  table.head = {"What", "Calls for", "Why"};
  table.numbers = false;
  for (const model::Reason& reason : report.check->reasons)
    table.rows.push_back(
        {escaped(reason.kind), std::string(model::to_string(reason.verdict)), escaped(reason.text)});
  return html + to_html(table);
}

std::string layers(const PatchReport& report) {
  double largest = 0;
  for (const LayerCost& layer : report.layers) largest = std::max(largest, layer.patch_bytes);
  Table table;
  table.caption = "Parts of the target by the patch bytes that they take, the costliest first";
  table.head = {"Part", "Type", "Patch bytes", "Bits for each weight or byte", "Target bytes"};
  for (const LayerCost& layer : report.layers) {
    if (table.rows.size() == kMostLayers) break;
    table.rows.push_back(
        {escaped(layer.name), layer.type,
         bar(share_of(layer.patch_bytes, largest), fmt::format("{:.0f}", layer.patch_bytes)),
         fmt::format("{:.3f}", share_of(8 * layer.patch_bytes, static_cast<double>(layer.elements))),
         with_commas(layer.target_bytes)});
  }
  std::string html = to_html(table);
  if (report.explained_body != report.patch.body().size())
    html += fmt::format(
        "<p>These are figures of the patch that tmd diff makes of this step by default, with a body of {}; "
        "the "
        "one that was given has a body of {}.</p>\n",
        bytes_text(report.explained_body), bytes_text(report.patch.body().size()));
  if (report.layers.size() > kMostLayers)
    html += fmt::format("<p>And {} parts more that cost less.</p>\n", report.layers.size() - kMostLayers);
  return html;
}

/// One table for tensors of integers, one for those of floats.
std::string histogram(const PatchReport& report, bool is_float) {
  Table table;
  table.caption = is_float ? "float32: how far weights moved, relative to the tensor's largest"
                           : "8-bit: how many steps weights moved";
  table.head = {"Tensor"};
  for (std::size_t i = 0; i < Moves::kClasses; ++i) table.head.push_back(class_name(i, is_float));
  for (const LayerCost& layer : report.layers) {
    const auto total = static_cast<double>(layer.moves.total());
    if (total == 0 || layer.moves.is_float != is_float || table.rows.size() == kMostLayers) continue;
    std::vector<std::string> row = {escaped(layer.name)};
    for (const std::uint64_t count : layer.moves.counts) {
      const double share = static_cast<double>(count) / total;
      row.push_back(bar(share, fmt::format("{:.1f} %", 100 * share)));
    }
    table.rows.push_back(row);
  }
  return table.rows.empty() ? "" : to_html(table);
}

std::string moves(const PatchReport& report) {
  const std::string html = histogram(report, false) + histogram(report, true);
  return html.empty() ? "<p>No tensor is in both models with the same name, type and size.</p>\n" : html;
}

std::string composition(const PatchReport& report) {
  const Manifest& manifest = report.patch.manifest;
  const auto whole = static_cast<double>(report.patch.bytes.size());
  Table table;
  table.caption = "What the patch is made of";
  table.head = {"Part", "Bytes", "Share"};
  const auto add = [&](const std::string& name, std::uint64_t bytes) {
    const double share = share_of(static_cast<double>(bytes), whole);
    table.rows.push_back({name, with_commas(bytes), bar(share, fmt::format("{:.1f} %", 100 * share))});
  };
  std::uint64_t entries = 0;
  for (const Entry& entry : report.patch.entries) entries += entry.value.size();
  const std::uint64_t front = manifest.body_offset;
  add("Header, digests and checks", front - manifest.authentication_size - entries);
  for (const Entry& entry : report.patch.entries)
    add("Entry: " + escaped(patch::name_of(entry.number)), entry.value.size());
  if (manifest.authentication_size != 0) add("Signature", manifest.authentication_size);
  add("Body", report.patch.body().size());
  if (!report.patch.way_back().empty()) add("Way back", report.patch.way_back().size());
  return to_html(table);
}

std::string others(const PatchReport& report) {
  Table table;
  table.caption = "The same step by other tools";
  table.head = {"Tool", "Bytes", "Times the patch"};
  const auto ours = static_cast<double>(report.patch.bytes.size());
  double largest = ours;
  for (const OtherSize& other : report.others) largest = std::max(largest, static_cast<double>(other.bytes));
  const auto add = [&](const std::string& name, std::uint64_t bytes) {
    const auto size = static_cast<double>(bytes);
    table.rows.push_back({name, bar(share_of(size, largest), with_commas(bytes)),
                          fmt::format("{:.2f}", share_of(size, ours))});
  };
  add("tmd", report.patch.bytes.size());
  for (const OtherSize& other : report.others) add(escaped(other.tool), other.bytes);
  std::string html = to_html(table);
  if (report.others.empty())
    html += "<p>None of bsdiff, xdelta3, zstd and xz is installed where this page was made.</p>\n";
  return html +
         "<p class=\"soft\">tmd's figure has the digests of both models and what the device checks in it; "
         "the "
         "others' have not.</p>\n";
}

std::string air(const PatchReport& report) {
  Table table;
  table.caption = "Sending the patch once, without losses";
  table.head = {"Link",    "Packets", "Seconds on the air", "Seconds at least", "Millijoules of the device",
                "Rests on"};
  for (const sizing::RadioCosts& costs :
       sizing::radio_costs(static_cast<std::uint32_t>(report.patch.bytes.size())))
    table.rows.push_back({escaped(costs.link), with_commas(costs.packets),
                          fmt::format("{:.2f}", costs.airtime_seconds),
                          fmt::format("{:.2f}", costs.least_seconds),
                          fmt::format("{:.2f}", costs.energy_millijoules), escaped(costs.assumes)});
  return to_html(table);
}

std::string erases(const PatchReport& report) {
  const FlashRun& run = report.flash;
  if (!run.done)
    return "<p>The patch was not applied: its body is encrypted, or a bare device refuses it.</p>\n";
  return fmt::format("<p>{} erases of {}, {} programmed in {} calls.</p>\n", run.erases.size(),
                     bytes_text(run.erase_size), bytes_text(run.programmed_bytes),
                     with_commas(run.programs)) +
         erase_timeline(run);
}

}  // namespace

std::string to_html(const PatchReport& report) {
  return page(fmt::format("{} to {}", report.base_name, report.target_name),
              {section("summary", "Summary", summary(report)), section("verdict", "Verdict", verdict(report)),
               section("layers", "What changed", layers(report)),
               section("moves", "How far weights moved", moves(report)),
               section("composition", "What the patch is made of", composition(report)),
               section("tools", "Beside other tools", others(report)),
               section("links", "Airtime and energy", air(report)),
               section("flash", "Flash map", flash_map(report.flash)),
               section("erases", "Erases over time", erases(report))});
}

}  // namespace tmd::host::report
