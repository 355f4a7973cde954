// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "pairs.hpp"
#include "process.hpp"

namespace tmd::bench {

/// A program that makes a small file from which, with the base, the target comes back.
struct Tool {
  std::string name;      ///< as it stands in the tables
  std::string program;   ///< what has to be installed
  std::string settings;  ///< how it is called, for the reader of the tables
  std::function<Cost(const Pair&, const std::filesystem::path& patch)> make;
  std::function<Cost(const Pair&, const std::filesystem::path& patch, const std::filesystem::path& output)>
      apply;
};

/// `tmd`, as a bare patch (no manifest entries, CRC-32), and what Debian ships, each with the settings that
/// give its smallest patches. xz and brotli know no base: they say what compressing the whole target comes
/// to.
std::vector<Tool> known_tools(const std::string& tmd_program);

}  // namespace tmd::bench
