// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "support/patched_pair.hpp"
#include "tmd/internal/codec/decoder.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("any two binary files make a patch that applies, in both formats, with both digests") {
  for (const std::size_t base_size : {300U, 5000U}) {
    for (const std::size_t target_size : {200U, 7000U}) {
      const PatchedPair pair(noise(base_size, 1), noise(target_size, 2));
      for (const char* format : {"1", "2"}) {
        for (const char* digest : {"crc32", "sha256"}) {
          CAPTURE(base_size);
          CAPTURE(target_size);
          CAPTURE(format);
          const Finished made = pair.diff({"--format", format, "--digest", digest, "--no-meta"});
          CHECK(made.status == 0);
          CHECK(made.errors.empty());
          CHECK(pair.apply().status == 0);
          CHECK(contents_of(pair.output) == contents_of(pair.target));
        }
      }
    }
  }
}

TEST_CASE("the same input gives the same patch") {
  const PatchedPair pair = edited_pair();
  REQUIRE(pair.diff().status == 0);
  const std::string first = contents_of(pair.patch);
  REQUIRE(pair.diff().status == 0);
  CHECK(contents_of(pair.patch) == first);
}

TEST_CASE("a device's RAM decides what its decoder is asked for, up to what the library's takes") {
  const PatchedPair pair = edited_pair();
  REQUIRE(pair.diff().status == 0);
  const std::string usual = contents_of(pair.patch);
  REQUIRE(pair.diff({"--ram", "1520"}).status == 0);
  CHECK(contents_of(pair.patch) != usual);
  const auto parameters =
      nlohmann::json::parse(run_tmd({"inspect", "--json", pair.patch}).output)["codec_parameters"];
  CHECK(codec::counter_count(parameters.get<std::uint8_t>()) == codec::SmallConfig::kCounters);
  REQUIRE(pair.diff({"--ram", "65536"}).status == 0);
  CHECK(contents_of(pair.patch) == usual);
}

TEST_CASE("an output that cannot be written leaves nothing behind") {
  const PatchedPair pair = edited_pair();
  check_failure(run_tmd({"diff", pair.base, pair.target, "-o", pair.folder / "no/such/folder"}), "no/such");
  check_failure(run_tmd({"diff", pair.base, pair.target, "-o", "/dev/full"}), "/dev/full: No space left");
  check_failure(run_tmd({"diff", "-o", pair.patch}), "BASE is required", 2);
  check_failure(run_tmd({"diff", "--bases", pair.folder.path(), "-o", pair.patch}), "TARGET is required", 2);
  CHECK_FALSE(std::filesystem::exists(pair.folder.path() / "no"));
}

TEST_CASE("a folder that is not there is said before the work") {
  const PatchedPair pair = edited_pair();
  const std::string nowhere = pair.folder / "none/update.tmd", absent = pair.folder / "absent.bin";
  for (const char* command : {"diff", "slim"}) {
    const Finished refused = run_tmd({command, pair.base, absent, "-o", nowhere});
    check_failure(refused, "cannot create " + nowhere + ": No such file or directory");
  }
  check_failure(run_tmd({"diff", pair.base, absent, "-o", pair.base + "/update.tmd"}), "Not a directory");
  check_failure(run_tmd({"diff", pair.base, absent, "-o", pair.folder.path()}), "Is a directory");
}

TEST_CASE("a folder for many patches that takes no files is said before the first is made") {
  const PatchedPair pair = edited_pair();
  const std::string bases = pair.folder / "bases";
  std::filesystem::create_directory(bases);
  put_contents(bases + "/old.bin", contents_of(pair.base));
  // A folder where nobody may make files, not even root.
  check_failure(run_tmd({"diff", "--bases", bases, pair.target, "-o", "/proc/self"}), "manifest.json");
}

TEST_CASE("a patch from a model to itself is said to change nothing") {
  const PatchedPair pair = edited_pair();
  CHECK(pair.diff().output.find("equal") == std::string::npos);
  const Finished same = run_tmd({"diff", pair.base, pair.base, "-o", pair.patch});
  CHECK(same.status == 0);
  CHECK(same.output.find("base and target are equal: the patch changes nothing\n") != std::string::npos);
}

TEST_CASE("a target that is no model makes no patch; a base may be none") {
  const PatchedPair pair = edited_pair();
  const std::string empty = pair.folder / "empty.bin";
  put_contents(empty, "");
  for (const std::string& target : {std::string("/dev/null"), empty}) {
    for (const std::vector<std::string>& options : {std::vector<std::string>{}, {"--raw"}}) {
      check_failure(run_tmd({"diff", pair.base, target, "-o", pair.patch}, options),
                    "this is empty, no model");
      check_failure(run_tmd({"diff", "/dev/null", target, "-o", pair.patch}, options), "no model");
    }
  }
  CHECK_FALSE(std::filesystem::exists(pair.patch));
  check_failure(run_tmd({"diff", empty, pair.target, "-o", pair.patch}), "for \"no model\" give /dev/null");
  CHECK(run_tmd({"diff", "/dev/null", pair.target, "-o", pair.patch}).status == 0);
}

TEST_CASE("metadata goes in by name and comes out by name") {
  const PatchedPair pair = edited_pair();
  REQUIRE(pair.diff({"--no-meta", "--meta", "version=1.20.300", "--meta", "arena=20480", "--meta",
                     "vendor-0x61!=c0ffee", "--meta", "family=00112233-4455-6677-8899-aabbccddeeff", "--meta",
                     "note=winter gloves", "--meta", "arena=4096"})
              .status == 0);
  const json shown = json::parse(run_tmd({"inspect", pair.patch, "--json"}).output);
  REQUIRE(shown["entries"].size() == 5);
  const auto value_of = [&](const std::string& name) {
    for (const json& entry : shown["entries"]) {
      if (entry["name"] == name) return entry["value"].get<std::string>();
    }
    return std::string("absent");
  };
  CHECK(value_of("arena") == "4096");
  CHECK(value_of("version") == "1.20.300");
  CHECK(value_of("vendor-0x61") == "c0ffee");
  CHECK(value_of("family") == "00112233-4455-6677-8899-aabbccddeeff");
  CHECK(value_of("note") == "winter gloves");
  CHECK(pair.apply().status == 0);
}

TEST_CASE("what is no entry is said with its option") {
  const PatchedPair pair = edited_pair();
  check_failure(pair.diff({"--meta", "version"}), "--meta version: this is not KEY=VALUE", 2);
  check_failure(pair.diff({"--meta", "version=x"}), "--meta version=x: ", 2);
}

TEST_CASE("diff --json and --explain say how large the patch is and why") {
  const PatchedPair pair = edited_pair();
  const json summary = json::parse(pair.diff({"--json", "--explain"}).output);
  CHECK(summary["bytes"] == contents_of(pair.patch).size());
  CHECK(summary["target_bytes"] == 20100);
  REQUIRE(summary["regions"].size() > 0);
  std::size_t explained = 0;
  for (const json& region : summary["regions"]) explained += region["target_bytes"].get<std::size_t>();
  CHECK(explained == 20100);
  CHECK(pair.diff({"--explain"}).output.find("patch bytes") != std::string::npos);
}

TEST_CASE("companion data travel behind the model, and come out into a file of their own") {
  const PatchedPair pair = edited_pair();
  const std::string labels = pair.folder / "labels.json";
  put_contents(labels, "[\"idle\", \"wave\"]");
  CHECK(run_tmd({"diff", pair.base, pair.target, "-o", pair.patch, "--companion", labels}).status == 2);
  // A schema of no data would be forgotten without a word.
  check_failure(pair.diff({"--companion-schema", "7"}), "--companion-schema: only with --companion", 2);
  REQUIRE(pair.diff({"--companion", labels, "--companion-schema", "7"}).status == 0);
  const json shown = json::parse(run_tmd({"inspect", pair.patch, "--json"}).output);
  CHECK(shown["entries"].back()["name"] == "companion");
  CHECK(shown["entries"].back()["value"] == "16 bytes of schema 7");
  CHECK(shown["entries"].back()["critical"] == true);

  // As devices hold it, and apart.
  CHECK(pair.apply().status == 0);
  CHECK(contents_of(pair.output) == contents_of(pair.target) + contents_of(labels));
  const std::string out = pair.folder / "out.json";
  const Finished applied =
      run_tmd({"apply", pair.base, pair.patch, "-o", pair.output, "--companion-out", out, "--json"});
  REQUIRE(applied.status == 0);
  CHECK(json::parse(applied.output)["bytes"] == std::filesystem::file_size(pair.output));
  CHECK(contents_of(pair.output) == contents_of(pair.target));
  CHECK(contents_of(out) == contents_of(labels));

  // The next one costs what differs.
  const std::string names = pair.folder / "names.json";
  put_contents(names, "[\"idle\", \"snake\"]");
  REQUIRE(run_tmd({"diff", pair.target, pair.target, "-o", pair.patch, "--base-companion", labels,
                   "--companion", names, "--companion-schema", "7"})
              .status == 0);
  CHECK(contents_of(pair.patch).size() < 140);

  // Of many bases none is the one that has them.
  const std::string bases = pair.folder / "bases";
  std::filesystem::create_directory(bases);
  put_contents(bases + "/old.bin", contents_of(pair.base));
  check_failure(
      run_tmd({"diff", "--bases", bases, pair.target, "-o", pair.folder / "out", "--base-companion", labels}),
      "--base-companion: not with --bases", 2);
  // Where there is no model they lie behind none.
  check_failure(run_tmd({"diff", "/dev/null", pair.target, "-o", pair.patch, "--base-companion", labels}),
                "--base-companion: not without a model", 2);
}

TEST_CASE("what would change nothing in a patch of format 1, or without what is computed, is refused") {
  const PatchedPair pair = edited_pair();
  for (const std::vector<std::string>& idle : std::vector<std::vector<std::string>>{{"--quick"},
                                                                                    {"--small"},
                                                                                    {"--ram", "3000"},
                                                                                    {"--arena", "3000"},
                                                                                    {"--arena-factor", "2"},
                                                                                    {"--kernels", "esp-nn"},
                                                                                    {"--tflm", "2024-01"}}) {
    CAPTURE(idle.front());
    std::vector<std::string> call = {"--format", "1"};
    call.insert(call.end(), idle.begin(), idle.end());
    check_failure(pair.diff(call), "for a format 1 patch", 2);
    if (idle.front() == "--quick" || idle.front() == "--small" || idle.front() == "--ram") continue;
    call = {"--no-meta"};
    call.insert(call.end(), idle.begin(), idle.end());
    check_failure(pair.diff(call), "--no-meta", 2);
  }
  CHECK_FALSE(std::filesystem::exists(pair.patch));
}
