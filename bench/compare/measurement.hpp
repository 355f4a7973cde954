// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "pairs.hpp"
#include "tools.hpp"

namespace tmd::bench {

enum class Outcome : std::uint8_t {
  good,          ///< the target came back, byte for byte
  diff_failed,   ///< no patch was made
  apply_failed,  ///< the patch was not applied
  wrong_output,  ///< something else came back
};

struct Measurement {
  Outcome outcome = Outcome::good;
  std::uintmax_t patch_bytes = 0;
  double diff_seconds = 0;
  double apply_seconds = 0;
  long apply_peak_kib = 0;
};

/// What all tools did with one pair, in the order of the tools.
struct PairResult {
  Pair pair;
  std::uintmax_t target_bytes = 0;
  std::vector<Measurement> measurements;
};

/// Makes and applies the patch `rounds` times in `folder` and keeps the shortest times; memory is that of the
/// round that took most. The patch stays behind under the tool's and the pair's name.
Measurement measure(const Tool& tool, const Pair& pair, int rounds, const std::filesystem::path& folder);

/// The name of the patch that `measure` leaves behind.
std::filesystem::path patch_path(const Tool& tool, const Pair& pair, const std::filesystem::path& folder);

/// Patch size as a part of the target's.
double part_of_target(const Measurement& m, const PairResult& result);

/// One tool over all pairs. Only pairs that every tool brought to a good end count, so that tools compare.
struct Summary {
  std::string name;
  std::size_t complete_pairs = 0;  ///< the pairs that count
  std::uintmax_t patch_bytes = 0;  ///< sum
  double part_of_target = 0;       ///< geometric mean of patch size / target size
  double diff_seconds = 0;         ///< sum
  double apply_seconds = 0;        ///< sum
  long apply_peak_kib = 0;         ///< largest
  std::size_t smallest = 0;        ///< pairs where no tool's patch is smaller
  std::size_t failures = 0;        ///< pairs that it could not do, of all
};

std::vector<Summary> summarise(const std::vector<Tool>& tools, const std::vector<PairResult>& results);

}  // namespace tmd::bench
