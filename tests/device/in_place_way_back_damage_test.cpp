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

TEST_CASE("any damaged byte of a patch that can be taken back costs the model nothing") {
  const InPlacePair pair;
  for (std::size_t at = 0; at < pair.reversible().size(); at += 11) {
    CAPTURE(at);
    host::Bytes damaged = pair.reversible();
    damaged[at] ^= 0x10;
    ReversibleSlot device(pair.base, damaged);
    stage(device);
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
    device.patch().bytes = make_reversible(pair.base, pair.target, kWindow, &wrong);
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
