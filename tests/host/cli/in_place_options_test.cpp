// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/patched_pair.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("a patch in place says so, and gives the target back") {
  const PatchedPair pair = edited_pair();
  const Finished made = pair.diff({"--in-place", "--block", "512", "--spare", "2"});
  CHECK(made.status == 0);
  CHECK(made.output.find("applied in place; with two slots") != std::string::npos);
  CHECK(pair.apply().status == 0);
  CHECK(contents_of(pair.output) == contents_of(pair.target));
  const Finished shown = run_tmd({"inspect", pair.patch});
  CHECK(shown.output.find("in-place") != std::string::npos);
  CHECK(shown.output.find("blocks of 512 bytes, 2 spare ones, 1 of them") != std::string::npos);
}

TEST_CASE("what moved too far costs more than with two slots, and is said") {
  const std::string base = noise(20000, 1);
  const PatchedPair pair(base, base.substr(10000) + base.substr(0, 10000));
  const Finished made = pair.diff({"--in-place", "--json"});
  REQUIRE(made.status == 0);
  const json report = json::parse(made.output);
  CHECK(report["bytes"] > report["two_slots_bytes"]);
  CHECK(report["bytes"] < 10500);
  CHECK(report["advice"].get<std::string>().find("with two slots it would be") != std::string::npos);
  CHECK(pair.apply().status == 0);
  CHECK(contents_of(pair.output) == contents_of(pair.target));
}

TEST_CASE("a full model is not made in place, and that is said") {
  const PatchedPair pair = edited_pair();
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"--reversible"}}) {
    std::vector<std::string> call = {"diff", "/dev/null", pair.target, "-o", pair.patch, "--in-place"};
    call.insert(call.end(), more.begin(), more.end());
    const Finished made = run_tmd(call);
    CHECK(made.status == 2);
    CHECK(made.errors.find("--in-place: a full model is not applied in place: leave it out") !=
          std::string::npos);
  }
}

TEST_CASE("blocks of 256 bytes to 16 KB") {
  const PatchedPair pair = edited_pair();
  for (const char* block : {"256", "1024", "16384"}) {
    CHECK(pair.diff({"--in-place", "--block", block}).status == 0);
    CHECK(pair.apply().status == 0);
    CHECK(contents_of(pair.output) == contents_of(pair.target));
  }
}

TEST_CASE("a patch with a way back says what that takes, and is read, signed and encrypted like any other") {
  const PatchedPair pair = edited_pair();
  const Finished plain = pair.diff({"--in-place", "--block", "512", "--json"});
  const Finished made = pair.diff({"--in-place", "--block", "512", "--reversible", "--json"});
  REQUIRE(made.status == 0);
  const json report = json::parse(made.output);
  CHECK(report["way_back_bytes"] ==
        report["bytes"].get<int>() - json::parse(plain.output)["bytes"].get<int>());
  CHECK(report["advice"] == "");
  CHECK(pair.apply().status == 0);
  CHECK(contents_of(pair.output) == contents_of(pair.target));
  const json shown = json::parse(run_tmd({"inspect", pair.patch, "--json"}).output);
  CHECK(shown["way_back_bytes"].get<int>() > 300);
  CHECK(run_tmd({"inspect", pair.patch, "--base", pair.base}).output.find("turns the target into its base") !=
        std::string::npos);
  CHECK(pair.diff({"--in-place", "--reversible"}).output.find("the way back takes") != std::string::npos);
}

TEST_CASE("what can't be is refused") {
  const PatchedPair pair = edited_pair();
  check_failure(pair.diff({"--reversible"}), "requires --in-place", 2);
  check_failure(pair.diff({"--in-place", "--block", "3000"}), "a power of two", 2);
  check_failure(pair.diff({"--in-place", "--format", "1"}), "format 1", 2);
}
