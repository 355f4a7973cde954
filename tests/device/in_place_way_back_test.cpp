// SPDX-License-Identifier: Apache-2.0
// A device with one slot tries its models out, and takes them back. Damage: in_place_way_back_damage_test.cpp.
#include <doctest/doctest.h>

#include "device/on_trial.hpp"
#include "device/one_slot_steps.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

struct RefusesNotes {
  Status begin(ValidationMode) { return Status::ok; }
  Status entry(EntryNumber, ConstBytes) { return Status::feature_missing; }
  Status end() { return Status::ok; }
};

/// Its target, which has a note, is on trial.
struct NotedOnTrial : KeepsNotes {
  explicit NotedOnTrial(const InPlacePair& pair)
      : KeepsNotes(pair.base, make_reversible(pair.base, pair.target, kWindow, nullptr,
                                              {{EntryNumber::note, false, {'n'}}})) {
    put_on_trial(*this);
  }
};

}  // namespace

TEST_CASE("a target that can be taken back is on trial, and stays where it is confirmed") {
  const InPlacePair pair;
  OnTrial device(pair);
  CHECK(device.active_bytes() == pair.target);
  CHECK(device.store().active().state == ModelState::trial);
  CHECK_FALSE(device.updater().is_pending());
  REQUIRE(device.boot() == Status::ok);
  CHECK(patiently([&] { return device.store().confirm(); }) == Status::ok);
  CHECK(device.store().active().state == ModelState::confirmed);
  for (int boots = 0; boots < 4; ++boots) {
    CHECK(device.boot() == Status::ok);
    CHECK(device.active_bytes() == pair.target);
  }
}

TEST_CASE("a trial that nobody confirms is undone in place once its boots are used up") {
  const InPlacePair pair;
  OnTrial device(pair);
  for (int boots = 0; boots < ReversibleSlot::Config::kTrialBoots; ++boots) {
    REQUIRE(device.boot() == Status::ok);
    CHECK(device.active_bytes() == pair.target);
  }
  CHECK(device.boot() == Status::updating);
  CHECK(device.store().active().state == ModelState::updating);
  CHECK_FALSE(device.store().active().present);
  CHECK(device.updater().is_pending());
  REQUIRE(patiently([&] { return device.staging().reopen(); }) == Status::ok);
  CHECK(device.apply() == Status::ok);
  check_is_back(device, pair);
}

TEST_CASE("revert takes the model back at once, and for good") {
  const InPlacePair pair;
  OnTrial device(pair);
  CHECK(patiently([&] { return device.store().revert(); }) == Status::updating);
  CHECK_FALSE(device.store().active().present);
  CHECK(device.store().revert() == Status::updating);
  SUBCASE("in one session") {}
  SUBCASE("after a restart") {
    CHECK(device.boot() == Status::updating);
    REQUIRE(patiently([&] { return device.staging().reopen(); }) == Status::ok);
  }
  CHECK(device.apply() == Status::ok);
  check_is_back(device, pair);
}

TEST_CASE("the next update begins from the model that was taken back") {
  const InPlacePair pair;
  OnTrial device(pair);
  REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
  REQUIRE(device.apply() == Status::ok);
  // The same patch again, which is still staged.
  REQUIRE(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.target);
  CHECK(device.store().active().state == ModelState::trial);
}

TEST_CASE("firmware without trials takes such a patch, and leaves its way back alone") {
  const InPlacePair pair;
  OneSlot device(pair.base, pair.reversible());
  stage(device);
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.target);
  CHECK(device.store().active().state == ModelState::confirmed);
}

TEST_CASE("while a model is on trial no other update begins, and the staged patch stays") {
  const InPlacePair pair;
  OnTrial device(pair);
  CHECK(device.apply() == Status::trial_pending);
  CHECK(stream(device.updater(), pair.full_base()) == Status::trial_pending);
  const FragmentPlan held = device.patch().plan;
  const FragmentPlan other = {99, 640, 64};
  const auto open = [&](const FragmentPlan& plan) {
    return patiently([&] { return device.updater().open_staging(plan); });
  };
  CHECK(open(other) == Status::trial_pending);
  CHECK(open(held) == Status::ok);
  REQUIRE(device.boot() == Status::ok);
  CHECK(open(other) == Status::trial_pending);
  CHECK(device.staging().complete());
  REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
  CHECK(open(other) == Status::updating);
  CHECK(device.updater().abort() == Status::wrong_state);
  SUBCASE("until it is confirmed") {
    CHECK(patiently([&] { return device.store().confirm(); }) == Status::ok);
    CHECK(open(other) == Status::ok);
    CHECK(device.active_bytes() == pair.target);
  }
  SUBCASE("until it was taken back") {
    CHECK(device.apply() == Status::ok);
    CHECK(open(other) == Status::ok);
  }
  SUBCASE("or the area was wiped on purpose") {
    REQUIRE(patiently([&] { return device.staging().wipe(); }) == Status::ok);
    CHECK(open(other) == Status::ok);
    CHECK(device.apply() == Status::not_found);
    CHECK(device.store().active().state == ModelState::updating);
  }
}

TEST_CASE("a model whose trial has ended may be kept as long as no byte of it is overwritten") {
  const InPlacePair pair;
  OnTrial device(pair);
  REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
  const std::uint32_t before = erases_in(device, device.layout().slot_b);
  while (erases_in(device, device.layout().slot_b) < before + 2)
    REQUIRE(device.updater().apply() == Status::would_block);
  REQUIRE(device.store().is_returning());
  CHECK(patiently([&] { return device.store().confirm(); }) == Status::ok);
  CHECK(device.active_bytes() == pair.target);
  // The updater that was trying the way back out holds the slot no more.
  CHECK(stream(device.updater(), pair.full_base()) == Status::needs_gap);
  CHECK(is_error(device.apply()));
  CHECK(device.boot() == Status::ok);
  CHECK(device.active_bytes() == pair.target);
}

TEST_CASE("a full model may take the place of one that the firmware can't run") {
  const InPlacePair pair;
  NotedOnTrial device(pair);
  REQUIRE(patiently([&] { return device.store().confirm(); }) == Status::ok);
  const Bytes other = random_bytes(3000, 9);
  CHECK(stream(device.updater(), make_in_place({}, other, {})) == Status::needs_gap);
  RefusesNotes limits;
  REQUIRE(device.store().boot(FactoryModel(), limits) == Status::model_unsuitable);
  CHECK(stream(device.updater(), make_in_place({}, other, {})) == Status::ok);
  CHECK(device.active_bytes() == other);
}

TEST_CASE("a model on trial that the firmware can't run is taken back") {
  const InPlacePair pair;
  NotedOnTrial device(pair);
  RefusesNotes limits;
  CHECK(device.store().boot(FactoryModel(), limits) == Status::model_unsuitable);
  CHECK_FALSE(device.store().active().present);
  REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.base);
  CHECK(device.store().active().state == ModelState::reverted);
}

TEST_CASE(
    "calls that come before the staging area was opened cost a model that is being overwritten nothing") {
  const InPlacePair pair;
  OnTrial device(pair);
  REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
  overwrite(device, 0);
  REQUIRE(device.boot() == Status::updating);
  for (int calls = 0; calls < 8; ++calls) CHECK(device.apply() == Status::wrong_state);
  REQUIRE(patiently([&] { return device.staging().reopen(); }) == Status::ok);
  CHECK(device.apply() == Status::ok);
  check_is_back(device, pair);
}
