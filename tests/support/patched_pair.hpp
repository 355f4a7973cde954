// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/program.hpp"

namespace tmd::test {

using nlohmann::json;

/// Two files and a patch between them, in a folder of their own.
struct PatchedPair {
  TemporaryFolder folder;
  std::string base = folder / "base.bin";
  std::string target = folder / "target.bin";
  std::string patch = folder / "update.tmd";
  std::string output = folder / "output.bin";

  PatchedPair(const std::string& base_bytes, const std::string& target_bytes) {
    put_contents(base, base_bytes);
    put_contents(target, target_bytes);
  }
  Finished diff(std::vector<std::string> more = {}) const {
    return run_tmd({"diff", base, target, "-o", patch}, more);
  }
  Finished apply() const { return run_tmd({"apply", base, patch, "-o", output}); }
};

inline PatchedPair edited_pair() {
  const std::string base = noise(20000, 1);
  std::string target = base;
  target.replace(5000, 300, noise(300, 2));
  target += noise(100, 3);
  return PatchedPair(base, target);
}

/// One line that says what is wrong: status 3 for an error, 1 for the answer "no".
inline void check_failure(const Finished& finished, const std::string& words, int status = 3) {
  CHECK(finished.status == status);
  CHECK(finished.output.empty());
  CHECK(is_one_error_line(finished.errors));
  CAPTURE(finished.errors);
  CHECK(finished.errors.find(words) != std::string::npos);
}

}  // namespace tmd::test
