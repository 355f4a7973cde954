// SPDX-License-Identifier: Apache-2.0
#include "fleet/fleet_plan.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace tmd::host;
using fleet::Fleet;
using fleet::FleetModel;
using fleet::FleetPlan;

namespace {

FleetModel model_of(const std::string& sha256, std::uint64_t bytes, const std::string& version = "") {
  return {{sha256 + ".tflite"}, bytes, sha256, version};
}

/// Three models, a to c, with steps between neighbours and from the first to the last.
Fleet three(std::uint64_t direct, std::uint64_t first, std::uint64_t second) {
  Fleet fleet;
  fleet.add(model_of("aaaaaaaa", 1000, "1.0.0"));
  fleet.add(model_of("bbbbbbbb", 1000, "1.1.0"));
  fleet.add(model_of("cccccccc", 1000, "1.2.0"));
  fleet.steps = {{"aaaaaaaa", "cccccccc", "direct", direct},
                 {"aaaaaaaa", "bbbbbbbb", "first", first},
                 {"bbbbbbbb", "cccccccc", "second", second}};
  return fleet;
}

FleetPlan::Way way_of(const Fleet& fleet) {
  return fleet::plan_update(fleet, fleet.models.front(), fleet.models.back()).best;
}

}  // namespace

TEST_CASE("the fewest bytes win; of as many, the fewest steps") {
  CHECK(way_of(three(300, 200, 101)) == FleetPlan::Way::direct);
  CHECK(way_of(three(300, 200, 100)) == FleetPlan::Way::direct);
  CHECK(way_of(three(300, 200, 99)) == FleetPlan::Way::chain);
  CHECK(way_of(three(2000, 1500, 1500)) == FleetPlan::Way::full);
}

TEST_CASE("the full model costs what its patch from an empty base does; without one what the model has") {
  Fleet fleet = three(700, 500, 400);
  const auto plan = [&] { return fleet::plan_update(fleet, fleet.models.front(), fleet.models.back()); };
  CHECK(fleet::bytes_of_full_model(plan()) == 1000);
  CHECK(plan().best == FleetPlan::Way::direct);
  fleet.steps.push_back({fleet::no_model().sha256, "bbbbbbbb", "another", 100});
  fleet.steps.push_back({fleet::no_model().sha256, "cccccccc", "full", 650});
  CHECK(fleet::bytes_of_full_model(plan()) == 650);
  CHECK(plan().full[0].file == "full");
  CHECK(plan().best == FleetPlan::Way::full);
}

TEST_CASE("a device that has the target needs nothing") {
  const Fleet fleet = three(1, 1, 1);
  CHECK(fleet::plan_update(fleet, fleet.models.back(), fleet.models.back()).best == FleetPlan::Way::none);
}

TEST_CASE("a chain names its steps in order") {
  const Fleet fleet = three(300, 10, 20);
  const FleetPlan plan = fleet::plan_update(fleet, fleet.models.front(), fleet.models.back());
  REQUIRE(plan.chain.size() == 2);
  CHECK(plan.chain[0].file == "first");
  CHECK(plan.chain[1].file == "second");
  CHECK(fleet::bytes_of(plan.chain) == 30);
  REQUIRE(plan.direct.size() == 1);
  CHECK(plan.direct[0].bytes == 300);
}

TEST_CASE("of several chains the fewest bytes win, whichever begins with fewer and has fewer steps") {
  Fleet fleet = three(10000, 200, 50);
  fleet.steps.push_back({"aaaaaaaa", "dddddddd", "small", 10});
  fleet.steps.push_back({"dddddddd", "eeeeeeee", "then", 20});
  fleet.steps.push_back({"eeeeeeee", "cccccccc", "last", 100});
  const auto chain_of = [&] {
    return fleet::plan_update(fleet, fleet.models.front(), fleet.models.back()).chain;
  };
  REQUIRE(chain_of().size() == 3);
  CHECK(chain_of()[0].file == "small");
  CHECK(fleet::bytes_of(chain_of()) == 130);
  fleet.steps.back().bytes = 220;  // as many as over the other way, which has a step less
  REQUIRE(chain_of().size() == 2);
  CHECK(chain_of()[0].file == "first");
  CHECK(fleet::bytes_of(chain_of()) == 250);
}

TEST_CASE("a model is known by its name, its version or the front of its digest") {
  const Fleet fleet = three(1, 1, 1);
  CHECK(fleet::model_named(fleet, "bbbbbbbb.tflite").sha256 == "bbbbbbbb");
  CHECK(fleet::model_named(fleet, "1.1.0").sha256 == "bbbbbbbb");
  CHECK(fleet::model_named(fleet, "bbbbbbbb").sha256 == "bbbbbbbb");
  CHECK_THROWS_AS((void)fleet::model_named(fleet, "bbbb"), Error);
  CHECK_THROWS_WITH_AS((void)fleet::model_named(fleet, "2.0.0"), doctest::Contains("there are"), Error);
  CHECK_THROWS_WITH_AS((void)fleet::model_named(fleet, "2.0.0"), doctest::Contains("bbbbbbbb.tflite"), Error);
}

TEST_CASE("a device without a model is called nothing") {
  Fleet fleet = three(1, 1, 1);
  CHECK_THROWS_AS((void)fleet::model_named(fleet, "nothing"), Error);
  FleetModel empty;
  empty.sha256 = std::string(64, 'e');
  fleet.add(empty);
  CHECK(fleet::model_named(fleet, "nothing").sha256 == empty.sha256);
}
