// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "support/checked_models.hpp"
#include "support/patched_pair.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("tmd compare counts the inputs on which two models agree") {
  const CheckedModels models;
  const std::string base = models / "base.tflite";
  const Finished same = run_tmd({"compare", base, base, "--count", "5", "--json"});
  REQUIRE(same.status == 0);
  const json answer = json::parse(same.output);
  CHECK(answer["samples"] == 5);
  CHECK(answer["equal"] == 5);
  CHECK(answer["agreement_percent"] == 100);
  CHECK(answer["largest_difference"] == 0);
  const Finished text = run_tmd({"compare", base, models / "weights.tflite", "--count", "5"});
  CHECK(text.status == 0);
  CHECK(text.output.starts_with("5 inputs: top-1 agrees on "));
}

TEST_CASE("models that agree on fewer inputs than are asked for are the answer no") {
  const CheckedModels models;
  const auto agree = [&](const char* name) {
    return run_tmd({"compare", models / "base.tflite", models / name, "--min-agreement", "100"}).status;
  };
  CHECK(agree("base.tflite") == 0);
  CHECK(agree("weights.tflite") == 1);
}

TEST_CASE("models whose inputs differ are not compared, and the new one is named") {
  CheckedModels models;
  ModelMaker wide;
  const int in = wide.tensor("in", TensorType::INT8, {1, 9}, 1);
  const int out = wide.tensor("out", TensorType::INT8, {1, 9}, 1);
  wide.add(BuiltinOperator::RELU, 2, {in}, {out});
  wide.inputs({in}).outputs({out});
  models.put("wide.tflite", wide);
  check_failure(run_tmd({"compare", models / "base.tflite", models / "wide.tflite"}), models / "wide.tflite");
}

TEST_CASE("a part of a file that is a model itself is not passed over in silence") {
  const CheckedModels models;
  const std::string base = models / "base.tflite";
  for (const std::string option : {"--section", "--symbol", "--code", "--may-differ"})
    check_failure(run_tmd({"compare", base, base, option, "model"}),
                  "base.tflite is a TFLite model, for which " + option + " means nothing: leave it out");
}
