// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/patched_pair.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("verify proves a patch against base and target, and names what does not fit") {
  const PatchedPair pair = edited_pair();
  REQUIRE(pair.diff().status == 0);
  CHECK(run_tmd({"verify", pair.patch}).status == 0);
  CHECK(run_tmd({"verify", pair.patch, "--base", pair.base, "--target", pair.target}).status == 0);
  const auto errors_of = [&](std::vector<std::string> arguments) {
    const Finished finished = run_tmd(arguments);
    CHECK(finished.status == 1);
    CHECK(finished.output.empty());
    CHECK(is_one_error_line(finished.errors));
    return finished.errors;
  };
  CHECK(errors_of({"verify", pair.patch, "--base", pair.target}).find("but the base of") !=
        std::string::npos);
  CHECK(errors_of({"verify", pair.patch, "--target", pair.base}).find("but the target of") !=
        std::string::npos);
  std::string damaged = contents_of(pair.patch);
  damaged[damaged.size() - 20] = static_cast<char>(damaged[damaged.size() - 20] ^ 1);
  put_contents(pair.patch, damaged);
  CHECK(errors_of({"verify", pair.patch, "--base", pair.base}).find("update.tmd") != std::string::npos);
}

TEST_CASE("where no model is read, what says which part of a file it is changes nothing, and is refused") {
  const PatchedPair pair = edited_pair();
  REQUIRE(pair.diff({"--quick"}).status == 0);
  for (const std::vector<std::string>& idle : std::vector<std::vector<std::string>>{
           {"--raw"}, {"--section", "a"}, {"--symbol", "a"}, {"--code", "a"}, {"--may-differ", "a"}}) {
    CAPTURE(idle.front());
    check_failure(run_tmd({"verify", pair.patch}, idle), idle.front() + ": only with --base or --target", 2);
  }
  CHECK(run_tmd({"verify", pair.patch, "--base", pair.base, "--raw"}).status == 0);
}
