// SPDX-License-Identifier: Apache-2.0
#include "cli/explanation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "base/numbers.hpp"

namespace tmd::host::cli {
namespace {

constexpr std::size_t kNameWidth = 40;

struct Line {
  std::string name;
  std::string operation;
  std::uint64_t count = 0;
  std::uint64_t target_bytes = 0;
  std::uint64_t elements = 0;
  double bits = 0;
};

std::vector<Line> sum_lines(const std::vector<host::ExplainedRegion>& regions) {
  std::map<std::pair<std::string, std::string>, Line> sums;
  for (const host::ExplainedRegion& region : regions) {
    Line& line = sums[{region.name, region.operation}];
    line.name = region.name;
    line.operation = region.operation;
    ++line.count;
    line.target_bytes += region.target_length;
    line.elements += region.elements;
    line.bits += region.bits;
  }
  std::vector<Line> lines;
  for (auto& [key, line] : sums) lines.push_back(std::move(line));
  std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.bits > b.bits; });
  return lines;
}

/// The end of a long name tells tensors apart; names come from the model and may hold anything.
std::string shortened(const std::string& name) {
  std::string text = name.empty() ? "bytes" : name;
  for (char& character : text) {
    if (character < ' ' || character > '~') character = '?';
  }
  return text.size() <= kNameWidth ? text : "..." + text.substr(text.size() - kNameWidth + 3);
}

}  // namespace

void print_explanation(std::FILE* out, const std::vector<host::ExplainedRegion>& regions) {
  fmt::print(out, "{:<{}}  {:<37} {:>6} {:>12} {:>12} {:>12}\n", "what", kNameWidth, "operation", "count",
             "target bytes", "patch bytes", "bits/element");
  for (const Line& line : sum_lines(regions)) {
    const double each = line.elements == 0 ? 0 : line.bits / static_cast<double>(line.elements);
    fmt::print(out, "{:<{}}  {:<37} {:>6} {:>12} {:>12.1f} {:>12.3f}\n", shortened(line.name), kNameWidth,
               line.operation, line.count, host::with_commas(line.target_bytes), line.bits / 8, each);
  }
}

nlohmann::ordered_json explanation_json(const std::vector<host::ExplainedRegion>& regions) {
  auto json = nlohmann::ordered_json::array();
  for (const host::ExplainedRegion& region : regions) {
    json.push_back({{"name", region.name},
                    {"operation", region.operation},
                    {"target_offset", region.target_offset},
                    {"target_bytes", region.target_length},
                    {"source_offset", region.source_offset},
                    {"elements", region.elements},
                    {"patch_bits", region.bits}});
  }
  return json;
}

}  // namespace tmd::host::cli
