// SPDX-License-Identifier: Apache-2.0
// examples/self_test as a process: each run is a start of the device, the flash image is what it keeps.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "interpreter/interpreter.hpp"
#include "support/process.hpp"

using namespace tmd::test;

namespace {

std::string program(const char* variable) {
  const char* path = std::getenv(variable);
  if (path == nullptr)
    throw std::runtime_error(std::string(variable) + " is not set; run this through meson test");
  return path;
}

std::string run_ok(const std::vector<std::string>& arguments) {
  const Finished finished = run_program(arguments);
  CAPTURE(arguments[1]);
  CAPTURE(finished.errors);
  REQUIRE(finished.status == 0);
  return finished.output;
}

/// What a trusted interpreter makes of an input.
std::string output_of(const std::string& model_path, const std::string& input) {
  const std::string model = contents_of(model_path);
  std::vector<std::uint8_t> arena(64 * 1024);
  tmd::host::interpreter::Interpreter interpreter;
  const auto bytes = [](const std::string& text) {
    return tmd::ConstBytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  };
  REQUIRE(interpreter.load(bytes(model), tmd::MutableBytes(arena.data(), arena.size())) ==
          tmd::host::interpreter::InterpreterStatus::ok);
  REQUIRE(interpreter.input().size() == input.size());
  tmd::copy_bytes(bytes(input), interpreter.input());
  REQUIRE(interpreter.invoke() == tmd::host::interpreter::InterpreterStatus::ok);
  return std::string(interpreter.output().begin(), interpreter.output().end());
}

std::string top1_of(const std::string& output) {
  const auto largest = std::max_element(output.begin(), output.end(), [](char a, char b) {
    return static_cast<signed char>(a) < static_cast<signed char>(b);
  });
  return std::to_string(largest - output.begin());
}

/// Models, a known input, what the fine-tuned model makes of it, and a device with the base model.
struct Workbench {
  TemporaryFolder folder;
  std::string base = folder / "base.tflite";
  std::string target = folder / "finetune.tflite";
  std::string input = folder / "input.bin";
  std::string output = folder / "output.bin";
  std::string patch = folder / "update.tmd";

  Workbench() {
    run_ok({program("MODELGEN_PROGRAM"), "--quick", "--out", folder.path().string()});
    run_ok({program("TMD_PROGRAM"), "self-test", target, "--seed", "7", "-o", input});
    put_contents(output, output_of(target, contents_of(input)));
  }
  void diff(const std::string& new_model, const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {program("TMD_PROGRAM"), "diff", base, new_model, "-o", patch};
    arguments.insert(arguments.end(), more.begin(), more.end());
    run_ok(arguments);
  }
  /// A start of the device; `event`: a patch to take, or --lose-power.
  std::string start(const std::vector<std::string>& event = {}) const {
    std::vector<std::string> arguments = {program("SELF_TEST_DEVICE"), folder / "flash.bin", base};
    arguments.insert(arguments.end(), event.begin(), event.end());
    return run_ok(arguments);
  }
  /// The file as a tool that went wrong might write it: well-formed, the signs of many weights turned.
  std::string damaged_target() const {
    std::string bytes = contents_of(target);
    for (std::size_t i = bytes.size() / 4; i < bytes.size() / 4 * 3; ++i)
      bytes[i] = static_cast<char>(bytes[i] ^ 0xFF);
    const std::string path = folder / "damaged.tflite";
    put_contents(path, bytes);
    REQUIRE(output_of(path, contents_of(input)) != contents_of(output));
    return path;
  }
};

Workbench& workbench() {
  static Workbench shared;
  std::filesystem::remove(shared.folder / "flash.bin");
  return shared;
}

bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

const char* kFailed =
    "self-test: the model on trial failed its self-test and was reverted\nmodel: reverted, slot A";

}  // namespace

TEST_CASE("a good update is confirmed by its self-test") {
  Workbench& bench = workbench();
  SUBCASE("the input and the whole output") {
    bench.diff(bench.target, {"--self-test", bench.input, "--expect-output", bench.output});
  }
  SUBCASE("a generated input and the top-1") {
    bench.diff(bench.target, {"--self-test-seed", "7", "--expect-top1", top1_of(contents_of(bench.output))});
  }
  SUBCASE("restarted in the middle of the self-test") {
    bench.diff(bench.target, {"--self-test-seed", "7", "--expect-output", bench.output});
    CHECK(says(bench.start({bench.patch}), "update: ok"));
    CHECK(says(bench.start({"--lose-power"}), "power lost"));
    CHECK(says(bench.start(), "self-test: ok\nmodel: confirmed, slot B"));
    return;
  }
  CHECK(bench.start({bench.patch}) == "model: confirmed, slot A, " +
                                          std::to_string(contents_of(bench.base).size()) +
                                          " bytes\nupdate: ok\n");
  CHECK(says(bench.start(), "model: on trial, slot B"));
  CHECK(says(bench.start(), "model: confirmed, slot B"));
}

TEST_CASE("an update whose output is wrong is reverted") {
  Workbench& bench = workbench();
  const std::string damaged = bench.damaged_target();
  bench.diff(damaged, {"--self-test-seed", "7", "--expect-output", bench.output});
  CHECK(says(bench.start({bench.patch}), "update: ok"));
  SUBCASE("at the next start") {
    CHECK(says(bench.start(), kFailed));
  }
  SUBCASE("also after a restart in the middle of the self-test") {
    CHECK(says(bench.start({"--lose-power"}), "power lost"));
    CHECK(says(bench.start(), kFailed));
  }
  CHECK(says(bench.start(), "model: reverted, slot A"));
  // The next update is taken as ever.
  bench.diff(bench.target, {"--self-test-seed", "7", "--expect-output", bench.output});
  CHECK(says(bench.start({bench.patch}), "update: ok"));
  CHECK(says(bench.start(), "self-test: ok\nmodel: confirmed, slot B"));
}

TEST_CASE("a model that never gets through its self-test is given up after the trial's boots") {
  Workbench& bench = workbench();
  bench.diff(bench.target, {"--self-test-seed", "7", "--expect-output", bench.output});
  CHECK(says(bench.start({bench.patch}), "update: ok"));
  for (int boot = 0; boot < 3; ++boot) CHECK(says(bench.start({"--lose-power"}), "power lost"));
  CHECK(says(bench.start({"--lose-power"}), "model: reverted, slot A"));
}

TEST_CASE("what the interpreter cannot run is reverted") {
  Workbench& bench = workbench();
  const std::string noise = bench.folder / "noise.bin";
  put_contents(noise, std::string(5000, '\x01'));
  bench.diff(noise, {"--raw", "--self-test", bench.input, "--expect-crc32", "12345678"});
  CHECK(says(bench.start({bench.patch}), "update: ok"));
  CHECK(says(bench.start(), kFailed));
}
