// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "support/input_files.hpp"
#include "support/patched_pair.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("inspect tells lengths, digests and operations, for people and as JSON") {
  const PatchedPair pair = edited_pair();
  for (const char* format : {"1", "2"}) {
    REQUIRE(pair.diff({"--format", format, "--no-meta"}).status == 0);
    const Finished text = run_tmd({"inspect", pair.patch});
    CHECK(text.status == 0);
    CHECK(text.output.find("20,100 bytes") != std::string::npos);
    CHECK(text.output.find("sha256") != std::string::npos);
    const json shown = json::parse(run_tmd({"inspect", pair.patch, "--json"}).output);
    CHECK(shown["format"] == std::stoi(format));
    CHECK(shown["base"]["length"] == 20000);
    CHECK(shown["target"]["length"] == 20100);
    CHECK(shown["bytes"] == contents_of(pair.patch).size());
    CHECK(shown["manifest_bytes"].get<std::size_t>() + shown["body_bytes"].get<std::size_t>() ==
          contents_of(pair.patch).size());
  }
}

TEST_CASE("inspect reads the operations of a body along its base, and refuses another base") {
  const PatchedPair pair = edited_pair();
  for (const char* format : {"1", "2"}) {
    CAPTURE(format);
    REQUIRE(pair.diff({"--format", format, "--no-meta"}).status == 0);
    const Finished finished = run_tmd({"inspect", pair.patch, "--operations", "--base", pair.base, "--json"});
    REQUIRE(finished.status == 0);
    const json shown = json::parse(finished.output);
    REQUIRE(shown["regions"].size() >= 2);
    double bits = 0;
    for (const json& region : shown["regions"]) bits += region["patch_bits"].get<double>();
    CHECK(bits / 8 == doctest::Approx(shown["body_bytes"].get<double>()).epsilon(0.02));
  }
  CHECK(run_tmd({"inspect", pair.patch, "--operations"}).status == 2);
  check_failure(run_tmd({"inspect", pair.patch, "--operations", "--base", pair.target}),
                "target.bin is not the base of");
}

TEST_CASE("inspect takes the base as diff does, and says of a damaged body that it is damaged") {
  const PatchedPair pair = edited_pair();
  REQUIRE(pair.diff({"--no-meta"}).status == 0);
  const std::string array = pair.folder / "base.h";
  const std::string base = contents_of(pair.base);
  put_contents(array, xxd("base", Bytes(base.begin(), base.end())));
  CHECK(run_tmd({"inspect", pair.patch, "--base", array}).status == 0);
  CHECK(run_tmd({"inspect", pair.patch, "--raw"}).status == 2);
  std::string patch = contents_of(pair.patch);
  const std::size_t body = json::parse(run_tmd({"inspect", pair.patch, "--json"}).output)["manifest_bytes"];
  for (std::size_t at = body; at < patch.size(); at += 7) {
    CAPTURE(at);
    patch[at] = static_cast<char>(patch[at] ^ 0x10);
    put_contents(pair.patch, patch);
    check_failure(run_tmd({"inspect", pair.patch, "--base", pair.base}), "transfer the file again");
    patch[at] = static_cast<char>(patch[at] ^ 0x10);
  }
}

TEST_CASE("another base is refused for a patch of format 1, too") {
  const PatchedPair pair = edited_pair();
  REQUIRE(pair.diff({"--format", "1"}).status == 0);
  CHECK(run_tmd({"inspect", pair.patch, "--base", pair.base}).status == 0);
  check_failure(run_tmd({"inspect", pair.patch, "--base", pair.target}), "is not the base of");
}
