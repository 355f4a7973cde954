// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "support/checked_models.hpp"

using namespace tmd;
using namespace tmd::test;
using nlohmann::json;

TEST_CASE("check answers with its exit status, for CI") {
  const CheckedModels models;
  const auto patch = run_tmd({"check", models / "base.tflite", models / "weights.tflite"});
  CHECK(patch.status == 0);
  CHECK(patch.output.starts_with("patch: "));
  CHECK(patch.output.find("1 of 24 bytes of weights differ") != std::string::npos);
  const auto firmware = run_tmd({"check", models / "base.tflite", models / "operator.tflite"});
  CHECK(firmware.status == 1);
  CHECK(firmware.errors.empty());
  CHECK(firmware.output.starts_with("firmware: "));
  CHECK(firmware.output.find("new operator LOGISTIC") != std::string::npos);
}

TEST_CASE("what a model calls an operator does nothing to a terminal") {
  const CheckedModels models;
  ModelMaker maker = small_classifier();
  maker.add_custom("\x1b[2Jodd\n", 1, {4}, {4});
  models.put("custom.tflite", maker);
  const Finished check = run_tmd({"check", models / "base.tflite", models / "custom.tflite"});
  CHECK(check.status == 1);
  CHECK(check.output.find("new operator custom '?[2Jodd?'") != std::string::npos);
  const Finished diff =
      run_tmd({"diff", models / "base.tflite", models / "custom.tflite", "-o", models / "update.tmd"});
  CHECK(diff.status == 0);
  CHECK(diff.errors.find("the memory of custom '?[2Jodd?' is not known") != std::string::npos);
}

TEST_CASE("check prints JSON for programs") {
  const CheckedModels models;
  const auto answer = nlohmann::json::parse(
      run_tmd({"check", models / "base.tflite", models / "operator.tflite", "--json"}).output);
  CHECK(answer["verdict"] == "firmware");
  CHECK(answer["reasons"][0]["kind"] == "new-operator");
  CHECK(answer["reasons"][0]["verdict"] == "firmware");
}

TEST_CASE("a file that is no model is one line on standard error") {
  const CheckedModels models;
  put_contents(models / "text", "hello");
  for (const auto& arguments : {std::vector<std::string>{"check", models / "text", models / "base.tflite"},
                                {"limits", models / "text", "-o", models / "limits.hpp"}}) {
    const auto finished = run_tmd(arguments);
    CHECK(finished.status == 3);
    CHECK(test::is_one_error_line(finished.errors));
    CHECK(finished.errors.find("text") != std::string::npos);
  }
  CHECK_FALSE(std::filesystem::exists(models / "limits.hpp"));
}

TEST_CASE("a C array and the file that it was made from are the same model") {
  const CheckedModels models;
  const std::string file = contents_of(models / "weights.tflite");
  std::string source = "const unsigned char g_model[] = {";
  for (const char byte : file) source += std::to_string(static_cast<unsigned char>(byte)) + ",";
  put_contents(models / "model.cc", source + "};\n");
  REQUIRE(run_tmd({"diff", models / "base.tflite", models / "model.cc", "-o", models / "p.tmd"}).status == 0);
  REQUIRE(run_tmd({"apply", models / "base.tflite", models / "p.tmd", "-o", models / "out"}).status == 0);
  CHECK(contents_of(models / "out") == file);
}

TEST_CASE("what would change nothing is refused: relaxed beside limits or --strict, both for one model") {
  const CheckedModels models;
  const std::string base = models / "base.tflite", weights = models / "weights.tflite";
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"check", base, weights, "--allow-relaxed", "--limits", base},
                                             {"check", base, weights, "--allow-relaxed", "--strict"},
                                             {"check", base, "--production", "--strict"},
                                             {"check", base, "--production", "--allow-relaxed"}}) {
    const Finished finished = run_tmd(arguments);
    CHECK(finished.status == 2);
    CHECK(is_one_error_line(finished.errors));
  }
  CHECK(run_tmd({"check", base, weights, "--production", "--strict"}).status != 2);
}
