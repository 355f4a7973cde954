// SPDX-License-Identifier: Apache-2.0
// What rots while a patch is applied in place: blocks in the ring and in the slot, fragments in the staging area.
#include <doctest/doctest.h>

#include "device/one_slot_steps.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("a block that rots in the ring costs the model, and a full one brings the device back") {
  const InPlacePair pair;
  std::uint32_t lost = 0;
  for (std::uint32_t calls = 0; calls < 60; calls += 3) {
    CAPTURE(calls);
    OneSlot device = pair.device();
    stage(device);
    overwrite(device, 0);
    for (std::uint32_t i = 0; i < calls; ++i) (void)device.updater().apply();
    if (device.store().active().present) break;
    for (std::uint32_t at = 40; at < device.layout().slot_b.size; at += 256)
      device.flash().rot(Rot{device.layout().slot_b.address + at, 2});
    REQUIRE(device.boot() == Status::updating);
    REQUIRE(device.receive() == Status::ok);
    const Status status = device.apply();
    if (status == Status::ok) {
      CHECK(device.active_bytes() == pair.target);
      continue;
    }
    CHECK(status == Status::model_damaged);
    CHECK_FALSE(device.store().active().present);
    ++lost;
    // Before the first block went home the slot still holds the factory's model.
    if (device.boot() == Status::ok) {
      CHECK(device.active_bytes() == pair.base);
      continue;
    }
    CHECK(stream(device.updater(), pair.full_target()) == Status::ok);
    CHECK(device.active_bytes() == pair.target);
  }
  CHECK(lost > 0);
}

TEST_CASE("a block that rots in the slot behind the update is found before the target becomes active") {
  const InPlacePair pair;
  OneSlot device = pair.device();
  stage(device);
  Status status = Status::would_block;
  while (status == Status::would_block &&
         (!device.store().is_being_overwritten() || device.updater().blocks_left() > 1))
    status = device.updater().apply();
  REQUIRE(device.store().is_being_overwritten());
  device.flash().rot(Rot{device.layout().slot_a.address + 100, 3});
  CHECK(device.apply() == Status::target_mismatch);
  // Where it is tried again the block is still what it is: there is no model.
  for (unsigned attempt = 0; attempt < 5; ++attempt) {
    CHECK(is_error(device.apply()));
    CHECK_FALSE(device.store().active().present);
  }
}

TEST_CASE("a fragment that rots and comes again while the patch is being tried out costs nothing") {
  const InPlacePair pair;
  const auto run = [](auto& device, unsigned calls) {
    for (unsigned i = 0; i < calls; ++i) REQUIRE(device.updater().apply() == Status::would_block);
    REQUIRE_FALSE(device.store().is_being_overwritten());
    device.flash().rot(Rot{staged_at(device, device.patch().bytes.size() - 12), 1});
    // Looking for it finds it before the updater does.
    REQUIRE(patiently([&] { return device.staging().reopen(); }) == Status::ok);
    REQUIRE(device.receive() == Status::ok);
    CHECK(device.apply() == Status::ok);
    CHECK(device.store().snapshot().attempts == 0);
  };
  for (unsigned calls = 0; calls < 40; calls += 4) {
    CAPTURE(calls);
    OneSlot there = pair.device();
    stage(there);
    run(there, calls);
    CHECK(there.active_bytes() == pair.target);
    ReversibleSlot back(pair.base, pair.reversible());
    stage(back);
    REQUIRE(back.apply() == Status::ok);
    REQUIRE(patiently([&] { return back.store().revert(); }) == Status::updating);
    run(back, calls);
    CHECK(back.active_bytes() == pair.base);
  }
}

TEST_CASE("a fragment that rots is asked for again, and another patch in its place is not taken") {
  const InPlacePair pair;
  OneSlot device = pair.device();
  stage(device);
  Status status = Status::would_block;
  while (!device.store().is_being_overwritten() && status == Status::would_block)
    status = device.updater().apply();
  REQUIRE(device.store().is_being_overwritten());
  const Bytes right = device.patch().bytes;
  REQUIRE(device.boot() == Status::updating);
  SUBCASE("another patch") {
    Bytes other = right;
    other[other.size() / 2] ^= 4;
    device.patch().bytes = other;
    device.patch().plan.identity = 8;
    REQUIRE(device.receive() == Status::ok);
    CHECK(device.apply() == Status::manifest_corrupt);
    CHECK(device.store().active().state == ModelState::updating);
    device.patch().bytes = right;
    device.patch().plan.identity = 9;
  }
  SUBCASE("nothing at all") {
    REQUIRE(patiently([&] { return device.staging().wipe(); }) == Status::ok);
    CHECK(device.apply() == Status::wrong_state);
  }
  REQUIRE(device.receive() == Status::ok);
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.target);
}

TEST_CASE("what comes in the place of a fragment that rotted is not trusted for being asked for") {
  const InPlacePair pair;
  OneSlot device = pair.device();
  stage(device);
  overwrite(device, 0);
  // A fragment near the end rots while the first ones are being applied.
  const Bytes right = device.patch().bytes;
  device.flash().rot(Rot{staged_at(device, right.size() - 12), 1});
  REQUIRE(device.apply() == Status::not_found);
  device.patch().bytes[right.size() - 12] ^= 4;
  REQUIRE(device.receive() == Status::ok);
  CHECK(device.apply() == Status::manifest_corrupt);
  CHECK(device.store().active().state == ModelState::updating);
  // The right patch is taken all the same.
  device.patch().bytes = right;
  device.patch().plan.identity = 9;
  REQUIRE(device.receive() == Status::ok);
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.target);
}

TEST_CASE("a staged patch that is shorter is another one") {
  const InPlacePair pair;
  OneSlot device = pair.device();
  stage(device);
  overwrite(device, 5);
  REQUIRE(device.boot() == Status::updating);
  const Bytes right = device.patch().bytes;
  const auto send = [&](const Bytes& patch) {
    device.patch().bytes = patch;
    device.patch().plan.patch_length = static_cast<std::uint32_t>(patch.size());
    ++device.patch().plan.identity;
    REQUIRE(device.receive() == Status::ok);
  };
  send(Bytes(right.begin(), right.begin() + 300));
  CHECK(device.apply() == Status::manifest_corrupt);
  send(right);
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.target);
}
