// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "support/patched_pair.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("another base is named, and the output is left alone") {
  const PatchedPair pair = edited_pair();
  REQUIRE(pair.diff().status == 0);
  put_contents(pair.output, "as it was");
  std::string other = contents_of(pair.base);
  other[100] = static_cast<char>(other[100] ^ 1);
  put_contents(pair.base, other);
  check_failure(pair.apply(), "base.bin is not the base of");
  put_contents(pair.base, other.substr(1));
  check_failure(pair.apply(), "another length");
  CHECK(contents_of(pair.output) == "as it was");
}

TEST_CASE("model and companion data are both written, or neither") {
  const PatchedPair pair = edited_pair();
  const std::string labels = pair.folder / "labels", companion = pair.folder / "companion",
                    nowhere = pair.folder / "none/file";
  put_contents(labels, "rest,wave");
  REQUIRE(pair.diff({"--companion", labels, "--companion-schema", "1"}).status == 0);
  const auto apply = [&](const std::string& model, const std::string& data) {
    return run_tmd({"apply", pair.base, pair.patch, "-o", model, "--companion-out", data});
  };
  check_failure(apply(nowhere, companion), "cannot create " + nowhere);
  check_failure(apply(pair.output, nowhere), "cannot create " + nowhere);
  CHECK_FALSE(std::filesystem::exists(companion));
  CHECK_FALSE(std::filesystem::exists(pair.output));
  CHECK(apply(pair.output, companion).status == 0);
  CHECK(contents_of(companion) == "rest,wave");
  CHECK(contents_of(pair.output) == contents_of(pair.target));
}
