// SPDX-License-Identifier: Apache-2.0
// A way back that is not there, is not the signed one or has rotted costs a device with one slot no model.
#include <doctest/doctest.h>

#include "device/on_trial.hpp"
#include "device/one_slot_steps.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

void check_stays_on_trial(ReversibleSlot& device, const InPlacePair& pair) {
  CHECK(device.store().active().state == ModelState::trial);
  CHECK(device.active_bytes() == pair.target);
  CHECK(device.store().revert() == Status::nothing_to_revert);
  CHECK(device.boot() == Status::ok);
  CHECK(device.store().active().state == ModelState::trial);
  CHECK(patiently([&] { return device.store().confirm(); }) == Status::ok);
  CHECK(device.active_bytes() == pair.target);
}

}  // namespace

TEST_CASE("a patch without a way back is refused, and so is one whose way back is not what was signed") {
  const InPlacePair pair;
  host::Bytes patch = pair.reversible();
  Status expected = Status::target_mismatch;
  SUBCASE("none") {
    patch = pair.patch();
    expected = Status::needs_way_back;
  }
  SUBCASE("a damaged byte of it") {
    patch[patch.size() - 9] ^= 1;
  }
  SUBCASE("its last byte cut off") {
    patch.pop_back();
    expected = Status::body_truncated;
  }
  ReversibleSlot device(pair.base, patch);
  REQUIRE(device.boot() == Status::ok);
  REQUIRE(device.receive() == Status::ok);
  CHECK(device.apply() == expected);
  CHECK(erases_in(device, device.layout().slot_a) == 0);
  CHECK(device.active_bytes() == pair.base);
}

TEST_CASE("any damaged byte of a patch that can be taken back costs the model nothing") {
  const InPlacePair pair;
  for (std::size_t at = 0; at < pair.reversible().size(); at += 11) {
    CAPTURE(at);
    host::Bytes damaged = pair.reversible();
    damaged[at] ^= 0x10;
    ReversibleSlot device(pair.base, damaged);
    REQUIRE(device.boot() == Status::ok);
    REQUIRE(device.receive() == Status::ok);
    CHECK(is_error(device.apply()));
    CHECK(erases_in(device, device.layout().slot_a) == 0);
    CHECK(device.active_bytes() == pair.base);
  }
}

TEST_CASE("a way back that was signed and leads elsewhere costs nothing but itself") {
  const InPlacePair pair;
  Bytes wrong = pair.base;
  wrong[1600] ^= 1;
  OnTrial device(pair, make_reversible(pair.base, pair.target, kWindow, &wrong));
  const std::uint32_t before = erases_in(device, device.layout().slot_a);
  REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
  CHECK(device.apply() == Status::target_mismatch);
  CHECK(erases_in(device, device.layout().slot_a) == before);
  check_stays_on_trial(device, pair);
}

TEST_CASE("a fragment that rots during the trial is asked for, and another patch is not taken in its place") {
  const InPlacePair pair;
  OnTrial device(pair);
  const Bytes right = device.patch().bytes;
  device.flash().rot(Rot{staged_at(device, right.size() - 12), 1});
  REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
  REQUIRE(device.boot() == Status::updating);
  CHECK(device.apply() == Status::not_found);
  REQUIRE(patiently([&] { return device.staging().reopen(); }) == Status::ok);
  CHECK(device.apply() == Status::not_found);
  std::uint32_t index = 0;
  CHECK(device.staging().next_missing(0, index));
  CHECK(index == (right.size() - 12) / device.patch().plan.fragment_size);
  CHECK(device.store().active().state == ModelState::updating);
  SUBCASE("the right one is sent again") {}
  SUBCASE("another one is sent first") {
    device.patch().bytes[right.size() - 12] ^= 4;
    REQUIRE(device.receive() == Status::ok);
    CHECK(device.apply() == Status::manifest_corrupt);
    CHECK(device.store().is_returning());
    device.patch().bytes = right;
    device.patch().plan.identity = 9;
  }
  SUBCASE("a whole other patch between the same models is sent first") {
    Bytes wrong = pair.base;
    wrong[1600] ^= 1;
    codec::ReadWindow window = kWindow;
    SUBCASE("that leads elsewhere") {}
    SUBCASE("for more spare blocks") {
      window.spare = 4;
    }
    device.patch().bytes = make_reversible(pair.base, pair.target, window, &wrong);
    device.patch().plan.patch_length = static_cast<std::uint32_t>(device.patch().bytes.size());
    device.patch().plan.identity = 8;
    REQUIRE(device.receive() == Status::ok);
    CHECK(device.apply() == Status::manifest_corrupt);
    CHECK(device.store().is_returning());
    device.patch().bytes = right;
    device.patch().plan.identity = 9;
  }
  device.patch().plan.patch_length = static_cast<std::uint32_t>(right.size());
  REQUIRE(device.receive() == Status::ok);
  CHECK(device.apply() == Status::ok);
  check_is_back(device, pair);
}

TEST_CASE("while a model is being taken back, too, what is staged must be the patch that brought it") {
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

TEST_CASE("where what is kept behind the target rots there is no way back, and the target stays") {
  const InPlacePair pair;
  OnTrial device(pair);
  device.flash().rot(
      Rot{device.layout().slot_a.address + static_cast<std::uint32_t>(pair.target.size()) + 20, 3});
  REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
  CHECK(device.apply() == Status::nothing_to_revert);
  check_stays_on_trial(device, pair);
}
