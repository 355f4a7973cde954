// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/bytes.hpp"
#include "support/process.hpp"

namespace tmd::test {

/// Runs the program tmd that this build made (its path is in the environment variable TMD_PROGRAM).
/// `more`: further arguments.
inline Finished run_tmd(std::vector<std::string> arguments, const std::vector<std::string>& more = {}) {
  const char* program = std::getenv("TMD_PROGRAM");
  if (program == nullptr) throw std::runtime_error("TMD_PROGRAM is not set; run this through meson test");
  arguments.insert(arguments.begin(), program);
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_program(arguments);
}

/// The contents of a file in which nothing is to be found.
inline std::string noise(std::size_t size, unsigned seed) {
  const Bytes bytes = random_bytes(size, seed);
  return std::string(bytes.begin(), bytes.end());
}

inline bool is_one_error_line(const std::string& text) {
  return text.starts_with("tmd: error: ") && text.ends_with("\n") &&
         std::count(text.begin(), text.end(), '\n') == 1;
}

}  // namespace tmd::test
