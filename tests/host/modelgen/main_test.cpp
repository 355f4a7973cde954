// SPDX-License-Identifier: Apache-2.0
// modelgen as a process.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "support/process.hpp"

namespace {

using tmd::test::contents_of;
using tmd::test::Finished;
using tmd::test::run_program;
using tmd::test::TemporaryFolder;

std::string program() {
  const char* path = std::getenv("MODELGEN_PROGRAM");
  REQUIRE(path != nullptr);
  return path;
}

}  // namespace

TEST_CASE("modelgen writes the models and a table of their accuracy") {
  const TemporaryFolder folder;
  const Finished finished =
      run_program({program(), "--out", folder / "made/here", "--seed", "3", "--quick", "--from-scratch"});
  CHECK(finished.status == 0);
  CHECK(finished.errors.empty());
  int files = 0;
  for (const char* name : {"base.tflite", "head.tflite", "finetune.tflite", "retrain.tflite"}) {
    CHECK(finished.output.find(name) != std::string::npos);
    CHECK(contents_of(folder / "made/here" + "/" + name).substr(4, 4) == "TFL3");
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder / "made/here")) {
    CHECK(entry.path().extension() == ".tflite");  // nothing half-written stays behind
    ++files;
  }
  CHECK(files == 4);
}

TEST_CASE("modelgen writes larger models where it is told to") {
  const TemporaryFolder folder;
  const auto size_with = [&](const char* units) {
    const std::string out = folder / units;
    REQUIRE(run_program({program(), "--out", out, "--quick", "--units", units}).status == 0);
    CHECK(contents_of(out + "/base.tflite").size() == contents_of(out + "/finetune.tflite").size());
    return contents_of(out + "/base.tflite").size();
  };
  CHECK(size_with("84") < 70000);
  CHECK(size_with("150") > 100000);
  CHECK(run_program({program(), "--out", folder / "none", "--quick", "--units", "3"}).status == 2);
}

TEST_CASE("modelgen measures models that came about elsewhere, and writes nothing then") {
  const TemporaryFolder folder;
  REQUIRE(run_program({program(), "--out", folder.path().string(), "--quick"}).status == 0);
  const Finished measured =
      run_program({program(), "--quick", "--held-out", "60", "--measure", folder / "base.tflite"});
  CHECK(measured.status == 0);
  CHECK(measured.output.find("base.tflite: ") != std::string::npos);
  CHECK(measured.output.find("% of other users' windows") != std::string::npos);
}

TEST_CASE("modelgen says what it is for, and refuses what it does not understand") {
  const Finished help = run_program({program(), "--help"});
  CHECK(help.status == 0);
  CHECK(help.output.find("Example:") != std::string::npos);
  CHECK(run_program({program()}).status == 2);
  CHECK(run_program({program(), "--out", "x", "--sede", "1"}).status == 2);
}

TEST_CASE("a model that cannot be measured is named, with the reason") {
  const TemporaryFolder folder;
  tmd::test::put_contents(folder / "noise.tflite", std::string(500, 'x'));
  for (const auto& [file, reason] :
       {std::pair(folder / "noise.tflite", "noise.tflite: the interpreter refuses the model"),
        std::pair(folder / "none.tflite", "none.tflite: No such file or directory"),
        std::pair(folder.path().string(), ": it is a folder; give a model")}) {
    const Finished finished = run_program({program(), "--quick", "--measure", file});
    CHECK(finished.status == 1);
    CHECK(finished.errors.find(reason) != std::string::npos);
  }
}

TEST_CASE("a file whose place is taken is named, and nothing half-written stays behind") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "sine.tflite");
  const Finished finished = run_program({program(), "--sine", folder.path().string()});
  CHECK(finished.status == 1);
  CHECK(finished.errors.find("sine.tflite: Is a directory") != std::string::npos);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    CHECK(entry.path().filename() == "sine.tflite");
}

TEST_CASE("modelgen refuses options that it would pass over") {
  const TemporaryFolder folder;
  const std::string out = folder / "out", model = folder / "base.tflite", windows = folder / "windows.bin";
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"--sine", out, "--windows", windows},
        {"--measure", model, "--out", out},
        {"--measure", model, "--from-scratch"},
        {"--scenarios", "--sine", out},
        {"--scenarios", "--out", out, "--json"},
        {"--scenarios", "--out", out, "--units", "150"}}) {
    std::vector<std::string> command = {program(), "--quick"};
    command.insert(command.end(), options.begin(), options.end());
    CAPTURE(options.back());
    CHECK(run_program(command).status == 2);
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("modelgen fails with one line where it cannot write") {
  const Finished finished = run_program({program(), "--out", "/proc/no/such/place", "--quick"});
  CHECK(finished.status == 1);
  CHECK(finished.errors.find("modelgen: error: ") == 0);
  CHECK(std::count(finished.errors.begin(), finished.errors.end(), '\n') == 1);
}
