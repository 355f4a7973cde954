// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

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
