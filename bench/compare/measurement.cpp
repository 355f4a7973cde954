// SPDX-License-Identifier: Apache-2.0
#include "measurement.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>

namespace tmd::bench {
namespace {

namespace fs = std::filesystem;

// Piece by piece: what this process holds in memory would show in the figures of its children.
bool same_contents(const fs::path& a, const fs::path& b) {
  std::ifstream first(a, std::ios::binary), second(b, std::ios::binary);
  if (!first || !second || fs::file_size(a) != fs::file_size(b)) return false;
  return std::equal(std::istreambuf_iterator<char>(first), {}, std::istreambuf_iterator<char>(second));
}

std::string file_name(const std::string& text) {
  std::string name = text;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '-' && c != '_') c = '_';
  }
  return name;
}

bool is_complete(const PairResult& result) {
  return std::all_of(result.measurements.begin(), result.measurements.end(),
                     [](const Measurement& m) { return m.outcome == Outcome::good; });
}

}  // namespace

fs::path patch_path(const Tool& tool, const Pair& pair, const fs::path& folder) {
  return folder / (file_name(pair.name) + "." + file_name(tool.name) + ".patch");
}

Measurement measure(const Tool& tool, const Pair& pair, int rounds, const fs::path& folder) {
  const fs::path patch = patch_path(tool, pair, folder);
  const fs::path output = folder / "applied";
  Measurement best;
  best.diff_seconds = best.apply_seconds = std::numeric_limits<double>::infinity();
  for (int round = 0; round < rounds; ++round) {
    fs::remove(patch);  // some tools refuse to overwrite
    fs::remove(output);
    const Cost made = tool.make(pair, patch);
    if (!made.succeeded || !fs::exists(patch)) return {Outcome::diff_failed, 0, 0, 0, 0};
    const Cost applied = tool.apply(pair, patch, output);
    if (!applied.succeeded) return {Outcome::apply_failed, 0, 0, 0, 0};
    if (!same_contents(output, pair.target)) return {Outcome::wrong_output, 0, 0, 0, 0};
    best.patch_bytes = fs::file_size(patch);
    best.diff_seconds = std::min(best.diff_seconds, made.seconds);
    best.apply_seconds = std::min(best.apply_seconds, applied.seconds);
    best.apply_peak_kib = std::max(best.apply_peak_kib, applied.peak_kib);
  }
  fs::remove(output);
  return best;
}

double part_of_target(const Measurement& m, const PairResult& result) {
  // An empty target has no logarithm.
  return static_cast<double>(std::max<std::uintmax_t>(m.patch_bytes, 1)) /
         static_cast<double>(std::max<std::uintmax_t>(result.target_bytes, 1));
}

std::vector<Summary> summarise(const std::vector<Tool>& tools, const std::vector<PairResult>& results) {
  std::vector<Summary> summaries;
  for (std::size_t t = 0; t < tools.size(); ++t) {
    Summary summary;
    summary.name = tools[t].name;
    double logarithms = 0;
    std::size_t counted = 0;
    for (const PairResult& result : results) {
      const Measurement& m = result.measurements[t];
      if (m.outcome != Outcome::good) ++summary.failures;
      if (!is_complete(result)) continue;
      ++counted;
      summary.patch_bytes += m.patch_bytes;
      summary.diff_seconds += m.diff_seconds;
      summary.apply_seconds += m.apply_seconds;
      summary.apply_peak_kib = std::max(summary.apply_peak_kib, m.apply_peak_kib);
      logarithms += std::log(part_of_target(m, result));
      const bool is_smallest =
          std::all_of(result.measurements.begin(), result.measurements.end(),
                      [&](const Measurement& other) { return other.patch_bytes >= m.patch_bytes; });
      if (is_smallest) ++summary.smallest;
    }
    summary.complete_pairs = counted;
    summary.part_of_target = counted == 0 ? 0.0 : std::exp(logarithms / static_cast<double>(counted));
    summaries.push_back(summary);
  }
  return summaries;
}

}  // namespace tmd::bench
