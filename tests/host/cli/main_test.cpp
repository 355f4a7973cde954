// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "support/checked_models.hpp"
#include "support/patched_pair.hpp"

using namespace tmd;
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

TEST_CASE("a file that is missing, a folder, no patch, a damaged patch: one line says which and what to do") {
  const PatchedPair pair = edited_pair();
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

TEST_CASE(
    "wrong usage is status 2: options that are missing, unknown or out of range, metadata that is none") {
  const PatchedPair pair = edited_pair();
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

TEST_CASE("every command of the list has help with an example") {
  const std::string list = run_tmd({"--help"}).output;
  std::istringstream lines(list.substr(list.find("Subcommands:\n") + 13));
  int commands = 0;
  for (std::string line, name;
       std::getline(lines, line) && line != "tmd help COMMAND says more about one of them.";) {
    if (!line.starts_with("  ") || line[2] == ' ') continue;
    std::istringstream(line) >> name;
    CAPTURE(name);
    const Finished help = run_tmd({name, "--help"});
    CHECK(help.status == 0);
    CHECK(help.output.find("tmd " + name + " [OPTIONS]") != std::string::npos);
    CHECK(help.output.find("\n  tmd " + name + " ") != std::string::npos);
    ++commands;
  }
  CHECK(commands > 15);
}

TEST_CASE("standard output that cannot be written is an error") {
  const PatchedPair pair = edited_pair();
  REQUIRE(pair.diff().status == 0);
  const char* program = std::getenv("TMD_PROGRAM");
  const Finished finished =
      run_program({"sh", "-c", "\"$0\" inspect \"$1\" > /dev/full", program, pair.patch});
  CHECK(finished.status == 3);
  CHECK(is_one_error_line(finished.errors));
}

TEST_CASE("a stream that is closed or full changes the exit status at most, and no file") {
  const PatchedPair pair = edited_pair();
  const auto in_shell = [&](const std::string& command) {
    return run_program({"sh", "-c", command, std::getenv("TMD_PROGRAM"), pair.base, pair.target, pair.patch})
        .status;
  };
  REQUIRE(pair.diff().status == 0);
  const std::string patch = contents_of(pair.patch);
  for (const char* streams : {"2>&-", "2>/dev/full", "<&-", "<&- 2>&-"}) {
    CAPTURE(streams);
    CHECK(in_shell(std::string("\"$0\" diff \"$1\" \"$2\" -o \"$3\" ") + streams) == 0);
    CHECK(contents_of(pair.patch) == patch);
    CHECK(in_shell(std::string("\"$0\" diff \"$1\" absent -o \"$3\" ") + streams) == 3);
  }
  for (const char* streams : {">&-", ">/dev/full", "<&- >&- 2>&-"}) {
    CAPTURE(streams);
    CHECK(in_shell(std::string("\"$0\" diff \"$1\" \"$2\" -o \"$3\" ") + streams) == 3);
    CHECK(contents_of(pair.patch) == patch);
  }
}

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
