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
