// SPDX-License-Identifier: Apache-2.0
// What commands say they say beside the files that they write.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "support/checked_models.hpp"
#include "support/patched_pair.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("what goes to standard output by -o is the file alone") {
  const PatchedPair pair = edited_pair();
  REQUIRE(pair.diff().status == 0);
  const auto through_pipe = [&](const std::string& command) {
    const Finished done = run_program({"sh", "-c", "\"$0\" " + command + " -o /dev/stdout | cat",
                                       std::getenv("TMD_PROGRAM"), pair.base, pair.target, pair.patch});
    CHECK(done.errors.find("/dev/stdout") != std::string::npos);
    return done.output;
  };
  CHECK(through_pipe("diff \"$1\" \"$2\"") == contents_of(pair.patch));
  CHECK(through_pipe("diff \"$1\" \"$2\" --explain --json") == contents_of(pair.patch));
  CHECK(through_pipe("apply \"$1\" \"$3\"") == contents_of(pair.target));
  CHECK(through_pipe("apply \"$1\" \"$3\" --json") == contents_of(pair.target));
}

TEST_CASE("commands that have much to say of what they write leave a pipe to the file, too") {
  const CheckedModels models;
  const std::string base = models / "base.tflite";
  const std::string target = models / "weights.tflite";
  const std::string file = models / "file";
  const std::string flash = models / "flash";
  const std::string patch = models / "patch.tmd";
  const std::string in_place = models / "in_place.tmd";
  REQUIRE(run_tmd({"diff", base, target, "-o", patch}).status == 0);
  REQUIRE(run_tmd({"diff", base, target, "-o", in_place, "--in-place"}).status == 0);
  const std::vector<std::vector<std::string>> commands = {
      {"run", base, "-o"},
      {"run", base, "--save-input"},
      {"run", base, "--json", "--profile", "-o"},
      {"slim", base, target, "--agree", "0", "-o"},
      {"slim", base, target, "--agree", "0", "--json", "-o"},
      {"slim", base, base, "-o"},
      {"simulate", "--flash", flash, base, patch, "-o"},
      {"simulate", "--flash", flash, base, patch, "--json", "-o"},
      {"simulate", "--flash", flash, base, in_place, "-o"},
      {"simulate", "--flash", flash, base, in_place, "--json", "-o"},
  };
  for (const std::vector<std::string>& command : commands) {
    CAPTURE(command.front());
    std::filesystem::remove(flash);
    REQUIRE(run_tmd(command, {file}).status == 0);
    std::filesystem::remove(flash);
    std::vector<std::string> words = {"sh", "-c", "\"$0\" \"$@\" /dev/stdout | cat",
                                      std::getenv("TMD_PROGRAM")};
    words.insert(words.end(), command.begin(), command.end());
    const Finished done = run_program(words);
    const bool is_file_alone = done.output == contents_of(file);
    CHECK(is_file_alone);
    CHECK(done.errors != "");
  }
}
