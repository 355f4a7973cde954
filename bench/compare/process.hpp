// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tmd::bench {

struct Cost {
  bool succeeded = false;  ///< the program ran and exited with status 0
  double seconds = 0;      ///< from start to end by the wall
  long peak_kib = 0;       ///< the most memory that was resident at one time
};

/// Runs a program to its end, without a shell. Its standard output goes to `output`, or nowhere if that is
/// empty; its error output goes nowhere.
Cost run(const std::vector<std::string>& command, const std::filesystem::path& output = {});

/// Whether a program of this name can be run.
bool is_installed(const std::string& program);

}  // namespace tmd::bench
