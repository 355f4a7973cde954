// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/self_test_models.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("a self-test goes into the patch, which inspect shows and apply passes over") {
  const SelfTestModels models;
  std::string shown;
  SUBCASE("input and top-1") {
    REQUIRE(models.diff({"--self-test", models.input, "--expect-top1", "2"}).status == 0);
    shown = "input of 4 bytes, top-1 2 of 3 int8";
  }
  SUBCASE("input and output") {
    REQUIRE(models.diff({"--self-test", models.input, "--expect-output", models.output}).status == 0);
    shown = "input of 4 bytes, output CRC-32 eb8eba67";
  }
  SUBCASE("seed and digest") {
    REQUIRE(models.diff({"--self-test-seed", "7", "--expect-crc32", "0xEB8EBA67"}).status == 0);
    shown = "input generated from 7, output CRC-32 eb8eba67";
  }
  SUBCASE("critical") {
    REQUIRE(models.diff({"--self-test-seed", "7", "--expect-top1", "0", "--self-test-critical"}).status == 0);
    shown = "critical";
  }
  CAPTURE(models.inspected());
  CHECK(models.inspected().find(shown) != std::string::npos);
  CHECK(run_tmd({"apply", models.base, models.patch, "-o", models.output}).status == 0);
  CHECK(contents_of(models.output) == contents_of(models.target));
}

TEST_CASE("an input or expectation that does not fit the model is an error that says what would") {
  const SelfTestModels models;
  put_contents(models.folder / "five", "abcde");
  check_line(models.diff({"--self-test", models.folder / "five", "--expect-top1", "0"}), 3,
             "the self-test's input has 5 bytes, but the model's inputs have 4");
  check_line(models.diff({"--self-test", models.input, "--expect-top1", "3"}), 3,
             "target.tflite: the model's first output has 3 elements: the top-1 is 0 to 2, not 3");
  check_line(models.diff({"--self-test", models.input, "--expect-output", models.input}), 3,
             "the expected output has 4 bytes, but the model's outputs have 3");
  check_line(models.diff({"--self-test", models.folder / "absent", "--expect-top1", "0"}), 3, "No such file");
}

TEST_CASE("options that say too little or too much are wrong usage") {
  const SelfTestModels models;
  check_line(models.diff({"--self-test", models.input}), 2, "needs one of --expect-top1");
  check_line(models.diff({"--expect-top1", "1"}), 2, "go with --self-test");
  check_line(models.diff({"--self-test", models.input, "--expect-top1", "1", "--expect-crc32", "00000000"}),
             2, "needs one of");
  check_line(models.diff({"--self-test", models.input, "--expect-crc32", "12"}), 2,
             "eight hexadecimal digits");
  check_line(models.diff({"--self-test", models.input, "--self-test-seed", "1", "--expect-top1", "1"}), 2,
             "--self-test");
  check_line(models.diff({"--self-test", models.input, "--expect-top1", "1", "--format", "1"}), 2,
             "a format 1 patch has no place for it");
}

TEST_CASE("bytes that are no TFLite model can be tested by a digest of what comes out") {
  const SelfTestModels models;
  put_contents(models.base, noise(24, 4));
  put_contents(models.target, noise(24, 5));
  CHECK(models.diff({"--self-test", models.input, "--expect-crc32", "12345678"}).status == 0);
  check_line(models.diff({"--self-test", models.input, "--expect-top1", "0"}), 3,
             "a top-1 is told of a TFLite model's output");
}
