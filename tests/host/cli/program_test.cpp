// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/patched_pair.hpp"

using namespace tmd;
using namespace tmd::test;
using nlohmann::json;

TEST_CASE("with --json an error is JSON on standard output as well") {
  const PatchedPair pair = edited_pair();
  const auto error_of = [](const std::vector<std::string>& arguments) {
    const Finished finished = run_tmd(arguments);
    CHECK(is_one_error_line(finished.errors));
    const json object = json::parse(finished.output);
    CHECK(object["status"] == finished.status);
    CHECK(finished.errors == "tmd: error: " + object["error"].get<std::string>() + "\n");
    return finished.status;
  };
  const std::string absent = pair.folder / "absent";
  CHECK(error_of({"diff", absent, pair.target, "-o", pair.patch, "--json"}) == 3);
  CHECK(error_of({"diff", "--json"}) == 2);
  CHECK(error_of({"frobnicate", "--json"}) == 2);
  for (const char* command : {"inspect", "verify"}) CHECK(error_of({command, absent, "--json"}) == 3);
  CHECK(error_of({"apply", pair.base, absent, "-o", pair.output, "--json"}) == 3);
  CHECK(error_of({"check", absent, pair.target, "--json"}) == 3);
  CHECK(error_of({"limits", absent, "-o", pair.output, "--json"}) == 3);
  CHECK(error_of({"self-test", absent, "-o", pair.output, "--json"}) == 3);
  CHECK(error_of({"plan", absent, "--device", "1.0.0", "--json"}) == 3);
  CHECK(error_of({"simulate", pair.base, absent, "--flash", pair.folder / "f", "--json"}) == 3);
  REQUIRE(pair.diff().status == 0);
  CHECK(error_of({"verify", pair.patch, "--target", pair.base, "--json"}) == 1);
  CHECK(json::parse(run_tmd({"verify", pair.patch, "--base", pair.base, "--json"}).output)["applies"] ==
        true);
  CHECK(json::parse(run_tmd({"apply", pair.base, pair.patch, "-o", pair.output, "--json"}).output)["bytes"] ==
        contents_of(pair.target).size());
}

TEST_CASE("what was mistyped is guessed, where something is near") {
  check_failure(run_tmd({"dif", "a", "b"}), "did you mean diff?", 2);
  check_failure(run_tmd({"verfiy", "a"}), "did you mean verify?", 2);
  check_failure(run_tmd({"diff", "a", "b", "--ouptut", "c"}), "did you mean --output?", 2);
  check_failure(run_tmd({"diff", "a", "b", "-o", "c", "--no-mta"}), "did you mean --no-meta?", 2);
  CHECK(run_tmd({"frobnicate"}).errors.find("did you mean") == std::string::npos);
}

TEST_CASE("tmd help is --help, of the program or of a command") {
  CHECK(run_tmd({"help"}).output == run_tmd({"--help"}).output);
  CHECK(run_tmd({"help", "diff"}).output == run_tmd({"diff", "--help"}).output);
  check_failure(run_tmd({"help", "dif"}), "did you mean diff?", 2);
}

TEST_CASE("a file beyond the limit of the process is an error that leaves nothing behind") {
  const PatchedPair pair(noise(5000, 1), noise(7000, 2));
  REQUIRE(pair.diff().status == 0);
  const std::filesystem::path folder = pair.folder / "small";
  std::filesystem::create_directory(folder);
  // This process's own limit stays as it is.
  const std::string limited = R"(ulimit -f 4; exec "$0" "$@")";
  const std::vector<std::string> command = {
      "sh",      "-c",       limited, std::getenv("TMD_PROGRAM"), "apply",
      pair.base, pair.patch, "-o",    folder / "new.bin"};
  check_failure(run_program(command), "new.bin: File too large");
  CHECK(std::filesystem::is_empty(folder));
}
