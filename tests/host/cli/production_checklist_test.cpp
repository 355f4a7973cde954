// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "support/checked_models.hpp"

using namespace tmd;
using namespace tmd::test;
using nlohmann::json;

namespace {

/// The state of each box, and the exit status.
std::map<std::string, std::string> boxes_of(const std::vector<std::string>& arguments, int status) {
  std::vector<std::string> all = {"check", "--production", "--json"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const Finished finished = run_tmd(all);
  CAPTURE(finished.errors);
  CHECK(finished.status == status);
  std::map<std::string, std::string> states;
  const json report = json::parse(finished.output);
  for (const json& box : report["boxes"]) states[box["name"]] = box["state"];
  return states;
}

}  // namespace

TEST_CASE("what nothing was given for is not decided, and no failure") {
  const CheckedModels models;
  const auto boxes = boxes_of({models / "base.tflite"}, 0);
  CHECK(boxes.at("int8") == "pass");
  for (const char* name :
       {"slot", "arena", "size", "signed", "encrypted", "version", "counter", "lineage", "self-test"})
    CHECK(boxes.at(name) == "undecided");
}

TEST_CASE("one tensor of floats, and a model is not int8 throughout") {
  CheckedModels models;
  ModelMaker maker = small_classifier();
  maker.tensor("mean", TensorType::FLOAT32, {1});
  models.put("float.tflite", maker);
  CHECK(boxes_of({models / "float.tflite"}, 1).at("int8") == "fail");
}

TEST_CASE("slot and arena pass below 80 percent") {
  const CheckedModels models;
  const std::string model = models / "base.tflite", header = models / "limits.hpp";
  const auto size = static_cast<unsigned>(contents_of(model).size());
  CHECK(boxes_of({model, "--slot-size", std::to_string(size * 2)}, 0).at("slot") == "pass");
  CHECK(boxes_of({model, "--slot-size", std::to_string(size)}, 1).at("slot") == "fail");
  REQUIRE(run_tmd({"limits", model, "-o", header}).status == 0);
  CHECK(boxes_of({model, "--limits", header}, 1).at("arena") == "fail");
  REQUIRE(run_tmd({"limits", model, "--headroom", "50%", "-o", header}).status == 0);
  CHECK(boxes_of({model, "--limits", header}, 0).at("arena") == "pass");
}

TEST_CASE("the patch says the rest") {
  const CheckedModels models;
  const std::string base = models / "base.tflite", target = models / "weights.tflite",
                    patch = models / "p.tmd";
  REQUIRE(run_tmd({"diff", base, target, "-o", patch}).status == 0);
  const auto plain = boxes_of({base, target, "--patch", patch}, 1);
  for (const char* name : {"signed", "encrypted", "version", "counter", "lineage", "self-test"})
    CHECK(plain.at(name) == "fail");
  CHECK(plain.at("update") == "pass");
  REQUIRE(
      run_tmd({"diff", base, target, "-o", patch, "--meta", "version=1.2.0", "--meta", "counter=5"}).status ==
      0);
  const auto told =
      boxes_of({target, "--patch", patch, "--version-before", "1.1.9", "--counter-before", "5"}, 1);
  CHECK(told.at("version") == "pass");
  CHECK(told.at("counter") == "fail");
  CHECK(boxes_of({target, "--patch", patch}, 1).at("version") == "undecided");
}

TEST_CASE("options of the checklist need --production, and a patch its own target") {
  const CheckedModels models;
  const std::string base = models / "base.tflite", target = models / "operator.tflite",
                    patch = models / "p.tmd";
  REQUIRE(run_tmd({"diff", base, target, "-o", patch}).status == 0);
  CHECK(run_tmd({"check", base, target, "--patch", patch}).status == 2);
  CHECK(run_tmd({"check", base}).status == 2);
  CHECK(run_tmd({"check", base, "--production", "--version-before", "1.2"}).status == 2);
  CHECK(run_tmd({"check", base, "--production", "--patch", patch}).status == 3);
}
