// SPDX-License-Identifier: Apache-2.0
#include "base/child_process.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/temporary_folder.hpp"

using namespace tmd::host;

TEST_CASE("a program's exit status and outputs come back") {
  const TemporaryFolder folder;
  const ChildOutputs outputs = {folder / "out", folder / "err"};
  CHECK(run_child({"sh", "-c", "echo said; echo complained >&2; exit 7"}, outputs) == 7);
  const Bytes said = read_file(outputs.standard);
  const Bytes complained = read_file(outputs.errors);
  CHECK(std::string(said.begin(), said.end()) == "said\n");
  CHECK(std::string(complained.begin(), complained.end()) == "complained\n");
  // What was in the files before is gone.
  CHECK(run_child({"true"}, outputs) == 0);
  CHECK(read_file(outputs.standard).empty());
}

TEST_CASE("a program that is not there, or ended by a signal, has a status of its own") {
  CHECK(run_child({"no-such-program-anywhere"}) == 127);
  CHECK(run_child({}) == 127);
  CHECK(run_child({"sh", "-c", "kill -9 $$"}) == 137);
}

TEST_CASE("a program that is there, but can't be run, is said to be so") {
  const TemporaryFolder folder;
  const std::string file = folder / "no-program";
  write_file(file, std::string_view());
  CHECK_THROWS_WITH_AS((void)run_child({file}), ("cannot run " + file + ": Permission denied").c_str(),
                       Error);
}

TEST_CASE("a command's words are parted by blanks outside quotes") {
  using Words = std::vector<std::string>;
  CHECK(command_words("ccache  g++ -m32") == Words{"ccache", "g++", "-m32"});
  CHECK(command_words("run 'my model' \"it's\" a' 'b") == Words{"run", "my model", "it's", "a b"});
  CHECK(command_words("x ''") == Words{"x", ""});
  CHECK(command_words("  ").empty());
}
