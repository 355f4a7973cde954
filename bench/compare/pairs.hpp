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

/// The pairs of a folder: those that its pairs.tsv lists (its first line names the columns, of which pair, base
/// and target are read; paths relative to the folder), or, without such a file, every NAME.base.EXTENSION
/// with the NAME.target.EXTENSION beside it, in the order of their names. Throws std::runtime_error where
/// there is none, or a file is missing or cannot be read.
std::vector<Pair> find_pairs(const std::filesystem::path& folder);

}  // namespace tmd::bench
