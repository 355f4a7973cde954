// SPDX-License-Identifier: Apache-2.0
// The same steps take a target back whose trial has failed.
#include <doctest/doctest.h>

#include "device/on_trial.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE(
    "a patch whose way back is not what was signed is refused before the model's first block is erased") {
  const InPlacePair pair;
  host::Bytes patch = pair.reversible();
  patch[patch.size() - 9] ^= 1;
  ReversibleSlot device(pair.base, patch);
  stage(device);
  CHECK(device.apply() == Status::target_mismatch);
  CHECK(erases_in(device, device.layout().slot_a) == 0);
  CHECK(device.active_bytes() == pair.base);
}

TEST_CASE("while a model is being taken back what is staged must be the patch that brought it") {
  const InPlacePair pair;
  OnTrial device(pair);
  REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
  overwrite(device, 0);
  const Bytes right = device.patch().bytes;
  REQUIRE(device.boot() == Status::updating);
  device.patch().bytes[right.size() - 5] ^= 4;
  device.patch().plan.identity = 8;
  REQUIRE(device.receive() == Status::ok);
  CHECK(device.apply() == Status::manifest_corrupt);
  CHECK(device.store().is_being_overwritten());
  device.patch().bytes = right;
  device.patch().plan.identity = 9;
  REQUIRE(device.receive() == Status::ok);
  CHECK(device.apply() == Status::ok);
  check_is_back(device, pair);
}

TEST_CASE("a target that rots on trial can't be taken back: a full model brings the device to service") {
  const InPlacePair pair;
  OnTrial device(pair);
  device.flash().rot(Rot{device.layout().slot_a.address + 2000, 3});
  REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
  const std::uint32_t before = erases_in(device, device.layout().slot_a);
  CHECK(device.apply() == Status::model_damaged);
  CHECK(erases_in(device, device.layout().slot_a) == before);
  CHECK_FALSE(device.store().active().present);
  CHECK_FALSE(device.updater().is_pending());
  CHECK(stream(device.updater(), pair.full_target()) == Status::ok);
  CHECK(device.active_bytes() == pair.target);
  CHECK(device.store().active().state == ModelState::confirmed);
}

TEST_CASE("a patch that changes nothing is on trial, and taken back, like any other") {
  const InPlacePair pair;
  ReversibleSlot device(pair.base, make_reversible(pair.base, pair.base, kWindow));
  REQUIRE(device.boot() == Status::ok);
  // The second time it does not even change what is kept behind the target.
  for (int i = 0; i < 2; ++i) {
    REQUIRE(device.receive() == Status::ok);
    REQUIRE(device.apply() == Status::ok);
    CHECK(device.store().active().state == ModelState::trial);
    if (i == 0) REQUIRE(patiently([&] { return device.store().confirm(); }) == Status::ok);
  }
  CHECK(erases_in(device, device.layout().slot_a) == 1);
  CHECK(patiently([&] { return device.store().revert(); }) == Status::updating);
  CHECK(device.apply() == Status::ok);
  CHECK(device.store().active().state == ModelState::reverted);
  CHECK(device.active_bytes() == pair.base);
}

TEST_CASE("a way back that is begun again leaves no state that speaks of another ring") {
  const InPlacePair pair;
  OnTrial device(pair);
  REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
  ReversibleSlot later(pair.base, pair.reversible());
  const auto is_being_undone_after_a_cut = [&] {
    later.put_flash(device.flash());
    REQUIRE(later.boot() == Status::updating);
    return later.store().is_being_overwritten();
  };
  // The first copy of the state is there, and not yet answered.
  while (!is_being_undone_after_a_cut()) REQUIRE(device.updater().apply() == Status::would_block);
  REQUIRE(device.store().is_returning());
  REQUIRE(device.updater().begin() == Status::trial_pending);
  unsigned cuts = 0;
  for (Status status = Status::would_block; status != Status::ok; status = device.updater().apply()) {
    REQUIRE(status == Status::would_block);
    if (!device.store().is_returning() || !is_being_undone_after_a_cut()) continue;
    ++cuts;
    CAPTURE(cuts);
    REQUIRE(patiently([&] { return later.staging().reopen(); }) == Status::ok);
    CHECK(later.apply() == Status::ok);
    CHECK(later.active_bytes() == pair.base);
  }
  CHECK(cuts > 0);
  check_is_back(device, pair);
}
