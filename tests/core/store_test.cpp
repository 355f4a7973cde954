// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/device.hpp"
#include "support/format1_patch.hpp"
#include "tmd/model_store.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// A patch that replaces everything: what is tested here is what happens around the body.
Bytes replacing_patch(const Bytes& base, const Bytes& target) {
  return format1_patch(base, target, {{0, 0, target}});
}

}  // namespace

TEST_CASE("a new device takes over its factory model once it is proven") {
  const Bytes model = random_bytes(5000, 1);
  Device<WithFormat1> device(model);
  CHECK(device.store().active().present);
  CHECK(device.store().active().state == ModelState::confirmed);
  CHECK(device.active_bytes() == model);
  CHECK(device.store().verify_active() == Status::ok);
  CHECK(device.restart() == Status::ok);
  CHECK(device.active_bytes() == model);
}

TEST_CASE(
    "a new device whose slot A holds something else has no model, and an update from nothing brings one") {
  const Bytes target = random_bytes(3000, 2);
  Device<WithFormat1> device(Bytes{});
  CHECK_FALSE(device.store().active().present);
  CHECK(device.restart() == Status::not_found);
  CHECK(device.update(replacing_patch({}, target)) == Status::ok);
  CHECK(device.active_bytes() == target);
  CHECK(device.store().active().state == ModelState::confirmed);
  CHECK(device.restart() == Status::ok);
  CHECK(device.active_bytes() == target);
}

TEST_CASE("an update goes to the other slot and is on trial until confirmed") {
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2), third = random_bytes(100, 3);
  Device<WithFormat1> device(first);
  REQUIRE(device.update(replacing_patch(first, second)) == Status::ok);
  CHECK(device.store().active().slot == SlotId::b);
  CHECK(device.store().active().state == ModelState::trial);
  CHECK(device.update(replacing_patch(second, third)) == Status::trial_pending);
  CHECK(device.store().confirm() == Status::ok);
  CHECK(device.store().confirm() == Status::wrong_state);
  CHECK(device.update(replacing_patch(second, third)) == Status::ok);
  CHECK(device.store().active().slot == SlotId::a);
  CHECK(device.active_bytes() == third);
}

TEST_CASE("a model that is never confirmed gives way to the previous one after its boots") {
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2);
  Device<WithFormat1> device(first);
  REQUIRE(device.update(replacing_patch(first, second)) == Status::ok);
  for (unsigned boot = 0; boot < DefaultConfig<Device<>::Flash>::kTrialBoots; ++boot) {
    CHECK(device.restart() == Status::ok);
    CHECK(device.active_bytes() == second);
    CHECK(device.store().active().state == ModelState::trial);
  }
  CHECK(device.restart() == Status::ok);
  CHECK(device.active_bytes() == first);
  CHECK(device.store().active().state == ModelState::reverted);
  CHECK(device.store().revert() == Status::nothing_to_revert);
  CHECK(device.update(replacing_patch(first, second)) == Status::ok);
}

TEST_CASE("a confirmed model can be reverted by hand until the next update overwrites the previous one") {
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2);
  Device<WithFormat1> device(first);
  REQUIRE(device.update(replacing_patch(first, second)) == Status::ok);
  REQUIRE(device.store().confirm() == Status::ok);
  CHECK(device.store().revert() == Status::ok);
  CHECK(device.active_bytes() == first);
  CHECK(device.restart() == Status::ok);
  CHECK(device.active_bytes() == first);
}

TEST_CASE("the journal outlives many updates and spreads its erases over both banks") {
  Bytes base = random_bytes(2000, 1);
  Device<WithFormat1> device(base);
  for (unsigned i = 0; i < 40; ++i) {
    const Bytes target = random_bytes(2000 + i, i + 2);
    REQUIRE(device.update(replacing_patch(base, target)) == Status::ok);
    REQUIRE(device.store().confirm() == Status::ok);
    REQUIRE(device.restart() == Status::ok);
    REQUIRE(device.active_bytes() == target);
    base = target;
  }
  CHECK(device.flash().counters().violations == 0);
}

TEST_CASE("layouts that can't work are refused before anything is touched") {
  using Flash = RamFlash<64 * 1024, 4096, 8>;
  Flash flash;
  const Layout good = {{0, 16384}, {16384, 16384}, {32768, 8192}};
  CHECK(check_layout(flash, good) == Status::ok);
  const Layout overlapping = {{0, 16384}, {12288, 16384}, {32768, 8192}};
  const Layout misaligned = {{0, 16384}, {16384, 16000}, {32768, 8192}};
  const Layout outside = {{0, 16384}, {16384, 16384}, {61440, 8192}};
  const Layout wrapping = {{0, 16384}, {16384, 16384}, {0xFFFFF000U, 8192}};
  const Layout one_block = {{0, 16384}, {16384, 16384}, {32768, 4096}};
  for (const Layout& layout : {overlapping, misaligned, outside, wrapping, one_block}) {
    CHECK(check_layout(flash, layout) == Status::invalid_layout);
    ModelStore<Flash> store(flash, layout);
    CHECK(store.boot() == Status::invalid_layout);
    CHECK_FALSE(store.active().present);
  }
}
