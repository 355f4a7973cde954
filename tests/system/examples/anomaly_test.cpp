// SPDX-License-Identifier: Apache-2.0
// examples/anomaly as a process and on an emulated board, with what modelgen trained for it.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "support/program.hpp"
#include "support/text.hpp"

using namespace tmd::test;

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  REQUIRE_MESSAGE(value != nullptr, name);
  return value;
}

/// Two detectors, the patches that bring them, and readings.
struct Workshop {
  TemporaryFolder folder;
  Workshop() {
    REQUIRE(run_program({environment("MODELGEN_PROGRAM"), "--anomaly", folder.path().string()}).status == 0);
    REQUIRE(run_tmd({"diff", "/dev/null", file("first.tflite"), "-o", file("first.tmd"), "--companion",
                     file("first.threshold"), "--companion-schema", "1"})
                .status == 0);
    REQUIRE(run_tmd({"diff", file("first.tflite"), file("second.tflite"), "-o", file("second.tmd"),
                     "--base-companion", file("first.threshold"), "--companion", file("second.threshold"),
                     "--companion-schema", "1"})
                .status == 0);
  }
  std::string file(const std::string& name) const { return folder / name; }
  /// One start of the Linux board, with this file as its sensor.
  Finished start(const std::string& readings, const std::string& patch = {}) const {
    std::vector<std::string> command = {"/bin/sh", "-c", "exec \"$0\" \"$@\" < '" + file(readings) + "'",
                                        environment("ANOMALY_DEVICE"), file("flash.bin")};
    if (!patch.empty()) command.push_back(patch);
    return run_program(command);
  }
};

/// The number that follows these words; -1 where they are not there.
long number_after(const std::string& text, const std::string& words) {
  const std::size_t at = text.find(words);
  return at == std::string::npos ? -1 : std::atol(text.c_str() + at + words.size());
}

}  // namespace

TEST_CASE("the first model knows winter: faults are unusual to it, and so is a normal summer") {
  const Workshop workshop;
  REQUIRE(workshop.start("winter.txt", workshop.file("first.tmd")).status == 0);
  const Finished winter = workshop.start("winter.txt");
  CHECK(count(winter.output, ": normal") == 12);
  const Finished summer = workshop.start("summer.txt");
  CHECK(count(summer.output, "UNUSUAL") >= 10);
}

TEST_CASE("model and threshold arrive as one patch: summer is normal, faults are not") {
  const Workshop workshop;
  REQUIRE(workshop.start("winter.txt", workshop.file("first.tmd")).status == 0);
  const Finished before = workshop.start("summer.txt");
  const Finished updating = workshop.start("summer.txt", workshop.file("second.tmd"));
  REQUIRE(updating.status == 0);
  CHECK(updating.output.find("updated: the threshold is ") != std::string::npos);
  CHECK(number_after(updating.output, "updated: the threshold is ") != number_after(before.output, " of "));
  const Finished summer = workshop.start("summer.txt");
  CHECK(count(summer.output, ": normal") == 12);
  const Finished faults = workshop.start("faults.txt");
  CHECK(count(faults.output, "UNUSUAL") >= 11);
  const Finished winter = workshop.start("winter.txt");
  CHECK(count(winter.output, ": normal") == 12);
}

TEST_CASE("readings that end leave an update to the next start, and the old model and threshold until then") {
  const Workshop workshop;
  REQUIRE(workshop.start("winter.txt", workshop.file("first.tmd")).status == 0);
  put_contents(workshop.file("few.txt"), contents_of(workshop.file("summer.txt")).substr(0, 10 * 5));
  const Finished few = workshop.start("few.txt", workshop.file("second.tmd"));
  CHECK(few.output.find("update: unfinished") != std::string::npos);
  CHECK(count(workshop.start("summer.txt").output, "UNUSUAL") >= 10);
  const Finished rest = workshop.start("summer.txt", workshop.file("second.tmd"));
  CHECK(number_after(rest.output, "update: from patch byte ") > 0);
  CHECK(rest.output.find("updated: ") != std::string::npos);
}

TEST_CASE("a fifo is a sensor too") {
  const Workshop workshop;
  REQUIRE(workshop.start("winter.txt", workshop.file("first.tmd")).status == 0);
  const std::string fifo = workshop.file("sensor");
  const Finished run = run_program(
      {"/bin/sh", "-c", "mkfifo \"$2\" && { cat \"$3\" > \"$2\" & } && \"$0\" \"$1\" < \"$2\"",
       environment("ANOMALY_DEVICE"), workshop.file("flash.bin"), fifo, workshop.file("winter.txt")});
  CHECK(run.status == 0);
  CHECK(count(run.output, ": normal") == 12);
}

TEST_CASE(
    "a patch whose companion data have another schema changes nothing; lines that are no readings are passed "
    "over") {
  const Workshop workshop;
  REQUIRE(workshop.start("winter.txt", workshop.file("first.tmd")).status == 0);
  const std::string other = workshop.file("other.tmd");
  REQUIRE(run_tmd({"diff", workshop.file("first.tflite"), workshop.file("second.tflite"), "-o", other,
                   "--base-companion", workshop.file("first.threshold"), "--companion",
                   workshop.file("second.threshold"), "--companion-schema", "2"})
              .status == 0);
  const Finished refused = workshop.start("winter.txt", other);
  CHECK(refused.status == 1);
  CHECK((refused.output + refused.errors).find("another schema or runtime ABI version") != std::string::npos);
  put_contents(workshop.file("noise.txt"),
               "x\n\n--3\n1.2.3\n123456789\n" + contents_of(workshop.file("winter.txt")));
  CHECK(count(workshop.start("noise.txt").output, ": normal") == 12);
}

TEST_CASE("on a Cortex-M4 in QEMU, in packets of 20 bytes with a power cut") {
  const Workshop workshop;
  const Finished run =
      run_program({environment("ANOMALY_RUN"), workshop.file("board"), workshop.file("first.tmd"),
                   workshop.file("second.tmd"), workshop.file("summer.txt"), workshop.file("faults.txt")});
  if (run.status == 77) {
    MESSAGE(run.output);
    return;
  }
  INFO(run.output);
  CHECK(run.status == 0);
  CHECK(run.output.find("power cut\nupdate: ok\n") != std::string::npos);
  // The board's scores are those of the Linux board.
  REQUIRE(workshop.start("winter.txt", workshop.file("first.tmd")).status == 0);
  const Finished linux_board = workshop.start("summer.txt");
  const long first_score = number_after(linux_board.output, "window 1: UNUSUAL, ");
  CHECK(number_after(run.output, "  a normal summer: ") == first_score);
  CHECK(run.output.find("a normal summer: ") != run.output.rfind("a normal summer: "));
  CHECK(run.output.find(", unusual 0 of 12\n  faults: ") != std::string::npos);
}
