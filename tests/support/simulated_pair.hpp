// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/program.hpp"

namespace tmd::test {

/// A device's flash image and a patch of a few kilobytes for it.
struct SimulatedPair {
  TemporaryFolder folder;
  std::string base = folder / "base.bin";
  std::string target = folder / "target.bin";
  std::string patch = folder / "update.tmd";
  std::string flash = folder / "flash.bin";
  std::string output = folder / "output.bin";

  explicit SimulatedPair(const std::vector<std::string>& diff_options = {}) {
    std::string bytes = noise(30000, 1);
    put_contents(base, bytes);
    for (std::size_t at = 100; at + 1000 < bytes.size(); at += 7000) bytes.replace(at, 900, noise(900, 2));
    put_contents(target, bytes);
    REQUIRE(run_tmd({"diff", "--quick", base, target, "-o", patch}, diff_options).status == 0);
  }
  Finished simulate(std::vector<std::string> more = {}) const {
    return run_tmd({"simulate", base, patch, "--flash", flash, "-o", output}, more);
  }
  bool has_target() const { return contents_of(output) == contents_of(target); }
};

}  // namespace tmd::test
