// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "support/program.hpp"

using namespace tmd::test;

TEST_CASE("--version and --help answer on standard output with status 0") {
  const Finished version = run_tmd({"--version"});
  CHECK(version.status == 0);
  CHECK(version.output.starts_with("tmd "));
  CHECK(version.errors.empty());
  const Finished help = run_tmd({"--help"});
  CHECK(help.status == 0);
  CHECK(help.output.find("Example:") != std::string::npos);
  CHECK(help.errors.empty());
}

TEST_CASE("wrong usage is status 2 and one line that says where help is") {
  for (const auto& arguments : std::vector<std::vector<std::string>>{{}, {"frobnicate"}, {"--frobnicate"}}) {
    const Finished finished = run_tmd(arguments);
    CHECK(finished.status == 2);
    CHECK(finished.output.empty());
    CHECK(is_one_error_line(finished.errors));
    CHECK(finished.errors.find("tmd --help") != std::string::npos);
  }
}
