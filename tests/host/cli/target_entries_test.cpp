// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "support/checked_models.hpp"

using namespace tmd;
using namespace tmd::test;
using nlohmann::json;

TEST_CASE("a patch says what its target needs, unless it is told not to") {
  const CheckedModels models;
  const auto entries = [&](const std::vector<std::string>& more) {
    REQUIRE(
        run_tmd({"diff", models / "base.tflite", models / "operator.tflite", "-o", models / "p.tmd"}, more)
            .status == 0);
    std::string text;
    const auto answer = nlohmann::json::parse(run_tmd({"inspect", models / "p.tmd", "--json"}).output);
    for (const auto& entry : answer["entries"])
      text += entry["name"].get<std::string>() + "=" + entry["value"].get<std::string>() + "\n";
    return text;
  };
  CHECK(entries({}).find("operators=FULLY_CONNECTED v4, LOGISTIC v1, SOFTMAX v2\n") != std::string::npos);
  CHECK(entries({"--arena", "4321"}).find("arena=4321\n") != std::string::npos);
  CHECK(entries({"--meta", "arena=99"}).find("arena=99\n") != std::string::npos);
  CHECK(entries({"--no-meta"}).empty());
}
