// SPDX-License-Identifier: Apache-2.0
#include "cli/explanation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/numbers.hpp"

namespace tmd::host::cli {
namespace {

constexpr std::size_t kNameWidth = 40;

/// The end of a long name tells tensors apart; names come from the model and may hold anything.
std::string shortened(const std::string& name) {
  std::string text = name.empty() ? "bytes" : name;
  for (char& character : text) {
    if (character < ' ' || character > '~') character = '?';
  }
  return text.size() <= kNameWidth ? text : "..." + text.substr(text.size() - kNameWidth + 3);
}

}  // namespace

void Explanation::add(const host::ExplainedRegion& region) {
  Sum& sum = sums_[{region.name, region.operation}];
  ++sum.count;
  sum.target_bytes += region.target_length;
  sum.elements += region.elements;
  sum.bits += region.bits;
}

void Explanation::print(std::FILE* out) const {
  fmt::print(out, "{:<{}}  {:<37} {:>6} {:>12} {:>12} {:>12}\n", "what", kNameWidth, "operation", "count",
             "target bytes", "patch bytes", "bits/element");
  using Entry = decltype(sums_)::value_type;
  std::vector<const Entry*> lines;
  for (const Entry& entry : sums_) lines.push_back(&entry);
  std::stable_sort(lines.begin(), lines.end(),
                   [](const Entry* a, const Entry* b) { return a->second.bits > b->second.bits; });
  for (const Entry* line : lines) {
    const auto& [what, sum] = *line;
    const double each = sum.elements == 0 ? 0 : sum.bits / static_cast<double>(sum.elements);
    fmt::print(out, "{:<{}}  {:<37} {:>6} {:>12} {:>12.1f} {:>12.3f}\n", shortened(what.first), kNameWidth,
               what.second, sum.count, host::with_commas(sum.target_bytes), sum.bits / 8, each);
  }
}

nlohmann::ordered_json explanation_json(const host::ExplainedRegion& region) {
  return {{"name", region.name},
          {"operation", region.operation},
          {"target_offset", region.target_offset},
          {"target_bytes", region.target_length},
          {"source_offset", region.source_offset},
          {"elements", region.elements},
          {"patch_bits", region.bits}};
}

}  // namespace tmd::host::cli
