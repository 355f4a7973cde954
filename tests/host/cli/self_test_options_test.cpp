// SPDX-License-Identifier: Apache-2.0
// The options of `tmd diff` that send a self-test along, and `tmd self-test`.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "support/made_model.hpp"
#include "support/program.hpp"
#include "tmd/internal/guard/self_test_entry.hpp"

using namespace tmd::test;

namespace {

std::string text_of(const std::vector<std::uint8_t>& bytes) {
  return std::string(bytes.begin(), bytes.end());
}

/// A classifier of four int8 inputs and three int8 outputs, and its next version.
struct Models {
  TemporaryFolder folder;
  std::string base = folder / "base.tflite";
  std::string target = folder / "target.tflite";
  std::string patch = folder / "update.tmd";
  std::string input = folder / "input.bin";
  std::string output = folder / "output.bin";

  Models() {
    put_contents(base, text_of(small_classifier().file()));
    ModelMaker next = small_classifier();
    next.model.buffers[1]->data[3] = 77;
    put_contents(target, text_of(next.file()));
    put_contents(input, "abcd");
    put_contents(output, "xyz");
  }
  Finished diff(const std::vector<std::string>& more) const {
    return run_tmd({"diff", base, target, "-o", patch}, more);
  }
  std::string inspected() const { return run_tmd({"inspect", patch}).output; }
};

void check_line(const Finished& finished, int status, const std::string& words) {
  CAPTURE(finished.errors);
  CHECK(finished.status == status);
  CHECK(is_one_error_line(finished.errors));
  CHECK(finished.errors.find(words) != std::string::npos);
}

}  // namespace

TEST_CASE("a self-test goes into the patch, which inspect shows and apply passes over") {
  const Models models;
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
  const Models models;
  put_contents(models.folder / "five", "abcde");
  check_line(models.diff({"--self-test", models.folder / "five", "--expect-top1", "0"}), 1,
             "the self-test's input has 5 bytes, but the model's inputs have 4");
  check_line(models.diff({"--self-test", models.input, "--expect-top1", "3"}), 1,
             "target.tflite: the model's first output has 3 elements: the top-1 is 0 to 2, not 3");
  check_line(models.diff({"--self-test", models.input, "--expect-output", models.input}), 1,
             "the expected output has 4 bytes, but the model's outputs have 3");
  check_line(models.diff({"--self-test", models.folder / "absent", "--expect-top1", "0"}), 1, "No such file");
}

TEST_CASE("options that say too little or too much are wrong usage") {
  const Models models;
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

TEST_CASE("tmd self-test writes the input that a seed stands for") {
  const Models models;
  REQUIRE(run_tmd({"self-test", models.target, "--seed", "7", "-o", models.input}).status == 0);
  tmd::GeneratedInput random(7);
  std::string expected;
  for (int i = 0; i < 4; ++i) expected.push_back(static_cast<char>(random.next()));
  CHECK(contents_of(models.input) == expected);

  ModelMaker in_floats = small_classifier();
  in_floats.tensor_at(0).type = TensorType::FLOAT32;
  put_contents(models.target, text_of(in_floats.file()));
  check_line(run_tmd({"self-test", models.target, "-o", models.input}), 1,
             "is float32: an input is generated for");
  put_contents(models.target, "no model");
  check_line(run_tmd({"self-test", models.target, "-o", models.input}), 1, "target.tflite");
}

TEST_CASE("bytes that are no TFLite model can be tested by a digest of what comes out") {
  const Models models;
  put_contents(models.target, "weights of compiled code");
  CHECK(models.diff({"--self-test", models.input, "--expect-crc32", "12345678"}).status == 0);
  check_line(models.diff({"--self-test", models.input, "--expect-top1", "0"}), 1,
             "a top-1 is told of a TFLite model's output");
}
