// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tmd::bench {

/// A base and the target that it is to become.
struct Pair {
  std::string name;
  std::filesystem::path base;
  std::filesystem::path target;
};

/// The pairs of a folder: those that its pairs.tsv lists (columns pair, base, target, then anything; paths
/// relative to the folder), or, without such a file, every NAME.base.EXTENSION that has a
/// NAME.target.EXTENSION beside it, in the order of their names. Throws std::runtime_error where there is
/// none, or a listed file is missing.
std::vector<Pair> find_pairs(const std::filesystem::path& folder);

}  // namespace tmd::bench
