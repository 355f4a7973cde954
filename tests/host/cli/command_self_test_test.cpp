// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/self_test_models.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("tmd self-test writes the input that a seed stands for") {
  const SelfTestModels models;
  REQUIRE(run_tmd({"self-test", models.target, "--seed", "7", "-o", models.input}).status == 0);
  tmd::GeneratedInput random(7);
  std::string expected;
  for (int i = 0; i < 4; ++i) expected.push_back(static_cast<char>(random.next()));
  CHECK(contents_of(models.input) == expected);

  ModelMaker in_floats = small_classifier();
  in_floats.tensor_at(0).type = TensorType::FLOAT32;
  put_contents(models.target, text_of(in_floats.file()));
  check_line(run_tmd({"self-test", models.target, "-o", models.input}), 3,
             "is float32: an input is generated for");
  put_contents(models.target, "no model");
  check_line(run_tmd({"self-test", models.target, "-o", models.input}), 3, "target.tflite");
}
