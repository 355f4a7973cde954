// SPDX-License-Identifier: Apache-2.0
// The calls of a store with one slot. Those of its updater: in_place_calls_test.cpp.
#include <doctest/doctest.h>

#include "device/on_trial.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("a store gives out no model that is to be taken back") {
  OnTrial device{InPlacePair()};
  REQUIRE(device.store().active().present);
  REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
  CHECK_FALSE(device.store().active().present);
  CHECK(device.store().active().state == ModelState::updating);
}

TEST_CASE("a store forgets the way back with the confirmation, also where its firmware has no trials") {
  OnTrial device{InPlacePair()};
  const auto check_forgets = [](auto& store) {
    REQUIRE(store.snapshot().in_place == InPlaceStage::reversible);
    REQUIRE(patiently([&] { return store.confirm(); }) == Status::ok);
    CHECK(store.snapshot().in_place == InPlaceStage::none);
    CHECK(store.revert() == Status::nothing_to_revert);
  };
  SUBCASE("its own") {
    check_forgets(device.store());
  }
  SUBCASE("that of other firmware") {
    ModelStore<OneSlotConfig<WideFlash>> other(device.flash(), device.layout());
    REQUIRE(patiently([&] { return other.boot(); }) == Status::ok);
    check_forgets(other);
  }
}

TEST_CASE("a store with one slot erases its ring for the previous model, never the slot") {
  OnTrial device{InPlacePair()};
  REQUIRE(patiently([&] { return device.store().confirm(); }) == Status::ok);
  CHECK(patiently([&] { return device.store().erase_previous(); }) == Status::ok);
  CHECK(device.store().active().present);
  CHECK(device.store().verify_active() == Status::ok);
}
