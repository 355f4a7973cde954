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

struct Area {
  const char* name;
  std::uint32_t address;
  std::uint32_t size;
  std::uint64_t used;
  const char* what;
};

}  // namespace

std::string flash_map(const FlashRun& run, std::uint64_t target_bytes) {
  const Layout layout = run.part.layout();
  const Area areas[] = {
      {"Slot A", layout.slot_a.address, layout.slot_a.size, 0, "the base, which stays until the next update"},
      {"Slot B", layout.slot_b.address, layout.slot_b.size, target_bytes + run.self_test_bytes,
       "the target, its self-test behind it"},
      {"Journal", layout.journal.address, layout.journal.size, 0,
       "which model counts, how far an update is"}};
  const double all = run.part.geometry().size;
  std::string picture =
      fmt::format("<svg viewBox=\"0 0 {} 70\" role=\"img\" aria-label=\"Flash map\">", kWidth);
  Table table;
  table.caption = "The smallest part that this step fits, erase blocks of 4 KB";
  table.head = {"Region", "Address", "Bytes", "Holds"};
  for (const Area& area : areas) {
    const double x = kWidth * area.address / all;
    const double width = kWidth * area.size / all;
    picture += box(x, 20, width, 40, "fill:none;stroke:currentColor", area.name);
    if (area.used != 0) {
      const double used = width * std::min(1.0, static_cast<double>(area.used) / area.size);
      picture += box(x, 20, used, 40, "fill:var(--bar);opacity:.7", "target and self-test");
    }
    picture += fmt::format("<text x=\"{:.1f}\" y=\"14\">{}</text>", x + 2, area.name);
    table.rows.push_back({area.name, fmt::format("{:#x}", area.address), with_commas(area.size), area.what});
  }
  if (run.self_test_bytes != 0)
    table.rows.push_back({"Self-test", "behind the target", with_commas(run.self_test_bytes),
                          "the input and what is expected"});
  return picture + "</svg>\n" + to_html(table);
}

std::string erase_timeline(const FlashRun& run, std::uint64_t patch_bytes) {
  const double all = run.part.geometry().size;
  std::string picture = fmt::format(
      "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"Erases over the patch bytes that had arrived\">",
      kWidth, kHeight + 24);
  picture +=
      box(0, 0, kWidth, kHeight, "fill:none;stroke:var(--line)", "flash from its first address at the top");
  for (const EraseEvent& erase : run.erases) {
    const double x =
        kWidth * erase.patch_bytes / static_cast<double>(std::max<std::uint64_t>(patch_bytes, 1));
    const double y = kHeight * erase.address / all;
    picture += box(std::min(x, kWidth - 4), y, 4, std::max(kHeight * run.part.erase_size / all, 2.0),
                   erase.in_journal ? "fill:var(--warm)" : "fill:var(--bar)",
                   fmt::format("{:#x} after {} patch bytes", erase.address, erase.patch_bytes));
  }
  picture += fmt::format(
      "<text x=\"0\" y=\"{0}\">0</text><text x=\"{1}\" y=\"{0}\" text-anchor=\"end\">{2} patch "
      "bytes</text></svg>\n",
      kHeight + 16, kWidth, with_commas(patch_bytes));
  Table table;
  table.caption = "Erases by region";
  table.head = {"Region", "Erases"};
  const auto in_journal = static_cast<std::uint64_t>(std::count_if(
      run.erases.begin(), run.erases.end(), [](const EraseEvent& erase) { return erase.in_journal; }));
  table.rows.push_back({"Target's slot", with_commas(run.erases.size() - in_journal)});
  table.rows.push_back({"Journal", with_commas(in_journal)});
  return picture + to_html(table);
}

}  // namespace tmd::host::report
