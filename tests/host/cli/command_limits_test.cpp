// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/checked_models.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("limits writes a header that check holds a target against") {
  const CheckedModels models;
  const std::string header = models / "limits.hpp";
  REQUIRE(run_tmd({"limits", models / "operator.tflite", "-o", header, "--allow-relaxed", "--name", "Mine"})
              .status == 0);
  CHECK(contents_of(header).find("struct Mine : tmd::FirmwareStatement") != std::string::npos);
  const std::string base = models / "base.tflite";
  CHECK(run_tmd({"check", base, models / "operator.tflite", "--limits", header}).status == 0);
  CHECK(run_tmd({"check", base, models / "scaled.tflite", "--limits", header}).status == 0);
  CHECK(run_tmd({"check", base, models / "scaled.tflite", "--limits", header, "--strict"}).status == 1);
  REQUIRE(run_tmd({"limits", base, "-o", header}).status == 0);
  CHECK(run_tmd({"check", base, models / "scaled.tflite", "--limits", header}).status == 1);
}

TEST_CASE("limits writes JSON beside the header, and overwrites no model with it") {
  const CheckedModels models;
  REQUIRE(run_tmd({"limits", models / "base.tflite", "-o", models / "limits.hpp"}).status == 0);
  const std::string facts = contents_of(models / "limits.json");
  CHECK(nlohmann::json::parse(facts)["structure"] == "firmware::ModelLimits");
  const auto asked = [&](const std::string& limits, const std::string& target) {
    return run_tmd({"check", models / "base.tflite", models / target, "--limits", models / limits}).status;
  };
  CHECK(asked("limits.json", "weights.tflite") == 0);
  CHECK(asked("limits.json", "operator.tflite") == 1);
  CHECK(asked("limits.hpp", "operator.tflite") == 1);

  CHECK(run_tmd({"limits", models / "base.tflite", "-o", models / "other.json"}).status == 2);
  std::filesystem::create_directory(models / "folder");
  const auto no_file = run_tmd({"limits", models / "base.tflite", "-o", models / "folder"});
  CHECK(no_file.status == 2);
  CHECK(no_file.errors.find("is no file, and the JSON goes beside one") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(models / "folder.json"));
  put_contents(models / "model.json", contents_of(models / "base.tflite"));
  const auto refused = run_tmd({"limits", models / "model.json", "-o", models / "model.hpp"});
  CHECK(refused.status == 2);
  CHECK(refused.errors.find("would overwrite") != std::string::npos);
  CHECK(contents_of(models / "model.json") == contents_of(models / "base.tflite"));
}

TEST_CASE("a structure has a name that compiles, or no header is written") {
  const CheckedModels models;
  for (const char* name :
       {"class", "restrict", "_Limits", "limits__2", "2limits", "a b", "tmd", "", "größe"}) {
    CAPTURE(name);
    const Finished refused =
        run_tmd({"limits", models / "base.tflite", "-o", models / "limits.hpp", "--name", name});
    CHECK(refused.status == 2);
    CHECK(refused.errors.find("' is no name in C and C++") != std::string::npos);
  }
  const Finished taken =
      run_tmd({"limits", models / "base.tflite", "-o", models / "limits.hpp", "--name", "kArenaBytes"});
  CHECK(taken.status == 3);
  CHECK(taken.errors.find("'kArenaBytes' is the name of something else") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(models / "limits.hpp"));
}

TEST_CASE("a check without limits and one with the header that limits writes say the same") {
  const CheckedModels models;
  const std::string base = models / "base.tflite";
  REQUIRE(run_tmd({"limits", base, "-o", models / "limits.hpp"}).status == 0);
  for (const char* name : {"base.tflite", "weights.tflite", "scaled.tflite", "operator.tflite"}) {
    CAPTURE(name);
    const auto alone = run_tmd({"check", base, models / name});
    const auto with_limits = run_tmd({"check", base, models / name, "--limits", models / "limits.hpp"});
    CHECK(alone.status == with_limits.status);
    CHECK(alone.output == with_limits.output);
  }
}

TEST_CASE("a share, a date and axes that are none are wrong usage, and nothing is written") {
  const CheckedModels models;
  const std::vector<std::vector<std::string>> wrong = {
      {"--headroom", "30"},     {"--headroom", "nan%"},  {"--headroom", "inf"},    {"--headroom", "-5%"},
      {"--headroom", "30%x"},   {"--tflm", "2026"},      {"--tflm", "2026-13"},    {"--flexible", "classes,"},
      {"--kernels", "xnnpack"}, {"--arena-factor", "0"}, {"--arena-factor", "nan"}};
  for (const std::vector<std::string>& options : wrong) {
    const Finished refused =
        run_tmd({"limits", models / "base.tflite", "-o", models / "limits.hpp"}, options);
    const std::string given = options[0] + " " + options[1] + ": " + refused.errors;
    CAPTURE(given);
    CHECK(refused.status == 2);
    CHECK(refused.errors.size() < 200);
    CHECK_FALSE(std::filesystem::exists(models / "limits.hpp"));
  }
  CHECK(
      run_tmd({"limits", models / "base.tflite", "-o", models / "limits.hpp", "--headroom", "0.3"}).status ==
      0);
}
