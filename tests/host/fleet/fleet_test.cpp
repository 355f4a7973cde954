// SPDX-License-Identifier: Apache-2.0
#include "fleet/fleet.hpp"

#include <doctest/doctest.h>

using namespace tmd::host;
using fleet::Fleet;
using fleet::FleetModel;

namespace {

FleetModel model_named_after(const std::string& sha256, std::uint64_t bytes) {
  return {{sha256 + ".tflite"}, bytes, sha256, ""};
}

}  // namespace

TEST_CASE("models are found by their digest, however many there are") {
  Fleet fleet;
  for (unsigned i = 0; i < 1000; ++i) fleet.add(model_named_after("model " + std::to_string(i % 500), i));
  REQUIRE(fleet.models.size() == 500);
  CHECK(fleet.find("model 499")->bytes == 499);
  CHECK(fleet.find("model 500") == nullptr);
}

TEST_CASE("a model that is added again brings names and a version that were not known") {
  Fleet fleet;
  fleet.add(model_named_after("aaaaaaaa", 10));
  fleet.add({{"other.tflite"}, 10, "aaaaaaaa", "1.0.0"});
  REQUIRE(fleet.models.size() == 1);
  CHECK(fleet.models[0].names.size() == 2);
  CHECK(fleet.models[0].version == "1.0.0");
}
