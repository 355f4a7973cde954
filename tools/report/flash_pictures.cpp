// SPDX-License-Identifier: Apache-2.0
#include "report/flash_pictures.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/numbers.hpp"
#include "report/html.hpp"

namespace tmd::host::report {
namespace {

constexpr double kWidth = 900;
constexpr double kHeight = 180;

std::string box(double x, double y, double width, double height, const char* style,
                const std::string& title) {
  return fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
      "style=\"{}\"><title>{}</title></rect>",
      x, y, std::max(width, 1.0), height, style, escaped(title));
}

const FlashArea& area_at(const FlashRun& run, std::uint32_t address) {
  return *std::find_if(run.areas.begin(), run.areas.end(),
                       [&](const FlashArea& area) { return address < area.region.end(); });
}

Table erases_by_region(const FlashRun& run) {
  Table table;
  table.caption = "Erases by region";
  table.head = {"Region", "Erases"};
  if (run.no_model_from) table.head.push_back("Of these without a model to run");
  for (const FlashArea& area : run.areas) {
    std::uint64_t all = 0;
    std::uint64_t dark = 0;
    for (const EraseEvent& erase : run.erases) {
      if (&area_at(run, erase.address) != &area) continue;
      ++all;
      if (run.no_model_from && erase.moment >= *run.no_model_from) ++dark;
    }
    table.rows.push_back({area.name, with_commas(all)});
    if (run.no_model_from) table.rows.back().push_back(with_commas(dark));
  }
  return table;
}

}  // namespace

std::string flash_map(const FlashRun& run) {
  const double all = run.flash_size();
  std::string picture =
      fmt::format("<svg viewBox=\"0 0 {} 70\" role=\"img\" aria-label=\"Flash map\">", kWidth);
  Table table;
  table.caption =
      fmt::format("Slots no larger than this step needs, erase blocks of {} KB", run.erase_size / 1024.0);
  table.head = {"Region", "Address", "Bytes", "Holds"};
  for (const FlashArea& area : run.areas) {
    const double x = kWidth * area.region.address / all;
    const double width = kWidth * area.region.size / all;
    picture += box(x, 20, width, 40, "fill:none;stroke:currentColor", area.name);
    if (area.used != 0) {
      const double used = width * std::min(1.0, static_cast<double>(area.used) / area.region.size);
      picture += box(x, 20, used, 40, "fill:var(--bar);opacity:.7", "target and self-test");
    }
    picture += fmt::format("<text x=\"{:.1f}\" y=\"14\">{}</text>", x + 2, area.name);
    table.rows.push_back(
        {area.name, fmt::format("{:#x}", area.region.address), with_commas(area.region.size), area.holds});
  }
  if (run.self_test_bytes != 0)
    table.rows.push_back({"Self-test", "behind the target", with_commas(run.self_test_bytes),
                          "the input and what is expected"});
  return picture + "</svg>\n" + to_html(table);
}

std::string erase_timeline(const FlashRun& run) {
  const double all = run.flash_size();
  const auto length = static_cast<double>(std::max<std::uint64_t>(run.length, 1));
  std::string picture = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"Erases over {}\">",
                                    kWidth, kHeight + 24, run.axis);
  picture +=
      box(0, 0, kWidth, kHeight, "fill:none;stroke:var(--line)", "flash from its first address at the top");
  if (run.no_model_from) {
    const double dark = kWidth * static_cast<double>(*run.no_model_from) / length;
    picture += box(dark, 0, kWidth - dark, kHeight, "fill:var(--line);opacity:.5", "no model to run");
  }
  for (const EraseEvent& erase : run.erases) {
    const double x = kWidth * static_cast<double>(erase.moment) / length;
    const double y = kHeight * erase.address / all;
    const bool in_journal = area_at(run, erase.address).name == "Journal";
    picture += box(std::min(x, kWidth - 4), y, 4, std::max(kHeight * run.erase_size / all, 2.0),
                   in_journal ? "fill:var(--warm)" : "fill:var(--bar)",
                   fmt::format("{:#x} after {} {}", erase.address, erase.moment, run.axis));
  }
  picture += fmt::format(
      "<text x=\"0\" y=\"{0}\">0</text><text x=\"{1}\" y=\"{0}\" text-anchor=\"end\">{2} {3}"
      "</text></svg>\n",
      kHeight + 16, kWidth, with_commas(run.length), run.axis);
  return picture + to_html(erases_by_region(run));
}

}  // namespace tmd::host::report
