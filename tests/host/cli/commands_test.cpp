// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/program.hpp"

using namespace tmd::test;
using nlohmann::json;

namespace {

/// Two files and a patch between them, in a folder of their own.
struct Pair {
  TemporaryFolder folder;
  std::string base = folder / "base.bin";
  std::string target = folder / "target.bin";
  std::string patch = folder / "update.tmd";
  std::string output = folder / "output.bin";

  Pair(const std::string& base_bytes, const std::string& target_bytes) {
    put_contents(base, base_bytes);
    put_contents(target, target_bytes);
  }
  Finished diff(std::vector<std::string> more = {}) const {
    return run_tmd({"diff", base, target, "-o", patch}, more);
  }
  Finished apply() const { return run_tmd({"apply", base, patch, "-o", output}); }
};

Pair edited_pair() {
  const std::string base = noise(20000, 1);
  std::string target = base;
  target.replace(5000, 300, noise(300, 2));
  target += noise(100, 3);
  return Pair(base, target);
}

void check_failure(const Finished& finished, const std::string& words) {
  CHECK(finished.status == 1);
  CHECK(finished.output.empty());
  CHECK(is_one_error_line(finished.errors));
  CAPTURE(finished.errors);
  CHECK(finished.errors.find(words) != std::string::npos);
}

}  // namespace

TEST_CASE("any two files make a patch that applies: models, noise, empty ones, both formats, both digests") {
  for (const std::size_t base_size : {0U, 1U, 5000U}) {
    for (const std::size_t target_size : {0U, 1U, 7000U}) {
      const Pair pair(noise(base_size, 1), noise(target_size, 2));
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
  const Pair pair = edited_pair();
  REQUIRE(pair.diff().status == 0);
  const std::string first = contents_of(pair.patch);
  REQUIRE(pair.diff().status == 0);
  CHECK(contents_of(pair.patch) == first);
}

TEST_CASE("a file that is missing, a folder, no patch, a damaged patch: one line says which and what to do") {
  const Pair pair = edited_pair();
  check_failure(run_tmd({"diff", pair.folder / "absent", pair.target, "-o", pair.patch}), "absent: No such");
  check_failure(run_tmd({"diff", pair.folder.path(), pair.target, "-o", pair.patch}), "only Edge Impulse");
  check_failure(run_tmd({"inspect", pair.target}), "target.bin: this is not a TinyMLDelta patch; give");
  REQUIRE(pair.diff().status == 0);
  std::string damaged = contents_of(pair.patch);
  damaged[10] = static_cast<char>(damaged[10] ^ 1);
  put_contents(pair.patch, damaged);
  check_failure(pair.apply(), "update.tmd: the patch header is damaged; transfer the file again");
  put_contents(pair.patch, damaged.substr(0, 5));
  check_failure(pair.apply(), "update.tmd: the patch ends too early");
  put_contents(pair.patch, "");
  check_failure(pair.apply(), "update.tmd: the patch ends too early");
}

TEST_CASE("another base is named, and the output is left alone") {
  const Pair pair = edited_pair();
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

TEST_CASE("an output that cannot be written leaves nothing behind") {
  const Pair pair = edited_pair();
  check_failure(run_tmd({"diff", pair.base, pair.target, "-o", pair.folder / "no/such/folder"}), "no/such");
  check_failure(run_tmd({"diff", pair.base, pair.target, "-o", "/dev/full"}), "/dev/full: No space left");
  CHECK_FALSE(std::filesystem::exists(pair.folder.path() / "no"));
}

TEST_CASE(
    "wrong usage is status 2: options that are missing, unknown or out of range, metadata that is none") {
  const Pair pair = edited_pair();
  for (const auto& more : std::vector<std::vector<std::string>>{{"--format", "3"},
                                                                {"--digest", "md5"},
                                                                {"--ram", "0"},
                                                                {"--ram", "many"},
                                                                {"--meta", "nonsense"},
                                                                {"--meta", "arena=many"},
                                                                {"--meta", "nosuchkey=1"},
                                                                {"--meta", "version=1.2"},
                                                                {"--meta", "family=123"},
                                                                {"--frobnicate"}}) {
    const Finished finished = pair.diff(more);
    CAPTURE(finished.errors);
    CHECK(finished.status == 2);
    CHECK(is_one_error_line(finished.errors));
    CHECK(finished.errors.find("tmd diff --help") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(pair.patch));
  }
  CHECK(run_tmd({"diff", pair.base}).status == 2);
  CHECK(run_tmd({"apply", pair.base, pair.target}).status == 2);
  CHECK(run_tmd({"simulate", pair.base, pair.patch, "--flash", "f", "--loss", "1"}).status == 2);
}

TEST_CASE("every command has help with an example") {
  for (const char* command : {"diff", "apply", "inspect", "verify", "simulate"}) {
    const Finished help = run_tmd({command, "--help"});
    CAPTURE(command);
    CHECK(help.status == 0);
    CHECK(help.output.find(std::string("Example:\n  tmd ") + command) != std::string::npos);
  }
}

TEST_CASE("metadata goes in by name and comes out by name") {
  const Pair pair = edited_pair();
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

TEST_CASE("inspect tells lengths, digests and operations, for people and as JSON") {
  const Pair pair = edited_pair();
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
  const Pair pair = edited_pair();
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

TEST_CASE("verify proves a patch against base and target, and names what does not fit") {
  const Pair pair = edited_pair();
  REQUIRE(pair.diff().status == 0);
  CHECK(run_tmd({"verify", pair.patch}).status == 0);
  CHECK(run_tmd({"verify", pair.patch, "--base", pair.base, "--target", pair.target}).status == 0);
  const auto errors_of = [&](std::vector<std::string> arguments) {
    const Finished finished = run_tmd(arguments);
    CHECK(finished.status == 1);
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

TEST_CASE("diff --json and --explain say how large the patch is and why") {
  const Pair pair = edited_pair();
  const json summary = json::parse(pair.diff({"--json", "--explain"}).output);
  CHECK(summary["bytes"] == contents_of(pair.patch).size());
  CHECK(summary["target_bytes"] == 20100);
  REQUIRE(summary["regions"].size() > 0);
  std::size_t explained = 0;
  for (const json& region : summary["regions"]) explained += region["target_bytes"].get<std::size_t>();
  CHECK(explained == 20100);
  CHECK(pair.diff({"--explain"}).output.find("patch bytes") != std::string::npos);
}

TEST_CASE("standard output that cannot be written is an error") {
  const Pair pair = edited_pair();
  REQUIRE(pair.diff().status == 0);
  const char* program = std::getenv("TMD_PROGRAM");
  const Finished finished =
      run_program({"sh", "-c", "\"$0\" inspect \"$1\" > /dev/full", program, pair.patch});
  CHECK(finished.status == 1);
  CHECK(is_one_error_line(finished.errors));
}
