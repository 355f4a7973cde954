// SPDX-License-Identifier: Apache-2.0
#include "tmd/in_place.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "device/one_slot_steps.hpp"
#include "support/make_patch.hpp"
#include "tmd/flash/ram_flash.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

struct Trial : OneSlot::Config {
  static constexpr std::uint8_t kTrialBoots = 2;
};

}  // namespace

TEST_CASE("a patch in place turns the only model into its target") {
  const InPlacePair pair;
  OneSlot device = pair.device();
  CHECK(device.boot() == Status::ok);
  CHECK(device.receive() == Status::ok);
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.target);
  CHECK(device.store().active().state == ModelState::confirmed);
  CHECK_FALSE(device.updater().is_pending());
  CHECK(device.boot() == Status::ok);
  CHECK(device.active_bytes() == pair.target);
  CHECK(device.flash().violation() == "");
}

TEST_CASE("targets of any length, much shorter and much longer than their base") {
  const Bytes base = random_bytes(3000, 1);
  for (const std::size_t length : {1U, 255U, 256U, 257U, 768U, 1500U, 4500U}) {
    CAPTURE(length);
    Bytes target = random_bytes(length, 3);
    std::copy(base.begin(), base.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(length, 700)),
              target.begin());
    OneSlot device(base, make_in_place(base, target, kWindow));
    stage(device);
    CHECK(device.apply() == Status::ok);
    CHECK(device.active_bytes() == target);
  }
}

TEST_CASE("the model's blocks that do not change are not written, and the ring is worn evenly") {
  const InPlacePair pair;
  OneSlot device = pair.device();
  stage(device);
  REQUIRE(device.apply() == Status::ok);
  std::uint32_t changed = 0;
  for (std::uint32_t at = 0; at < pair.target.size(); at += 256) {
    const bool same = equal_bytes(view(pair.base).slice(at, 256), view(pair.target).slice(at, 256));
    if (!same) ++changed;
    CHECK(device.flash().erases_of(at) == (same ? 0U : 1U));
  }
  CHECK(erases_in(device, device.layout().slot_b) == changed);
  std::uint32_t least = ~0U;
  std::uint32_t most = 0;
  for (std::uint32_t at = device.layout().slot_b.address; at < device.layout().slot_b.end(); at += 256) {
    least = std::min(least, device.flash().erases_of(at));
    most = std::max(most, device.flash().erases_of(at));
  }
  CHECK(most - least <= 1);
}

TEST_CASE("any damaged byte of a patch costs the model nothing") {
  const InPlacePair pair;
  const Bytes patch = pair.patch();
  for (std::size_t at = 0; at < patch.size(); at += 7) {
    CAPTURE(at);
    Bytes damaged = patch;
    damaged[at] ^= 0x10;
    OneSlot device(pair.base, damaged);
    stage(device);
    CHECK(is_error(device.apply()));
    CHECK(erases_in(device, device.layout().slot_a) == 0);
    CHECK(device.active_bytes() == pair.base);
  }
}

TEST_CASE("a body that reads what is gone when it is applied is refused while it is tried out") {
  const Bytes base = random_bytes(5000, 1);
  Bytes target = base;
  std::rotate(target.begin(), target.begin() + 2500, target.end());
  const codec::ReadWindow anything;
  OneSlot device(base, make_in_place(base, target, kWindow, nullptr, &anything));
  stage(device);
  CHECK(device.apply() == Status::body_malformed);
  CHECK(erases_in(device, device.layout().slot_a) == 0);
  CHECK(device.active_bytes() == base);
}

TEST_CASE("a block whose beginning stays, and that is longer than a page, goes home whole") {
  const Bytes base = random_bytes(6000, 1);
  Bytes target = base;
  // The first page of the second block stays, and the first two of three of the third.
  for (std::size_t at = 2048 + 600; at < 2048 + 700; ++at) target[at] ^= 0x11;
  for (std::size_t at = 4096 + 1100; at < 4096 + 1200; ++at) target[at] ^= 0x11;
  OneSlot device(base, make_in_place(base, target, {2048, 3, 2}),
                 {"blocks of four pages", 2048, 8, true, Erased::ones});
  stage(device);
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == target);
  CHECK(erases_in(device, device.layout().slot_a) == 2);
}

TEST_CASE("while it is being overwritten there is no model, and the blocks that are left are known") {
  const InPlacePair pair;
  OneSlot device = pair.device();
  stage(device);
  std::uint32_t left = 0;
  bool was_updating = false;
  Status status = Status::would_block;
  while (status == Status::would_block) {
    status = device.updater().apply();
    const ActiveModel active = device.store().active();
    if (active.state != ModelState::updating) {
      CHECK(active.present);
      continue;
    }
    CHECK_FALSE(active.present);
    CHECK(device.updater().abort() == Status::wrong_state);
    const std::uint32_t now = device.updater().blocks_left();
    if (was_updating) CHECK(now <= left);
    left = now;
    was_updating = true;
  }
  CHECK(status == Status::ok);
  CHECK(was_updating);
}

TEST_CASE("patches for other devices are refused by name") {
  const InPlacePair pair;
  SUBCASE("two slots, a patch in place") {
    using Flash = RamFlash<65536, 256, 8>;
    struct TwoSlots : DefaultConfig<Flash> {
      using Authentication = AllowUnsigned;
    };
    static Flash flash;
    (void)flash.program(0, view(pair.base));
    FactoryModel factory;
    factory.length = static_cast<std::uint32_t>(pair.base.size());
    factory.digest = digest_of(DigestKind::sha256, view(pair.base));
    ModelStore<TwoSlots> store(flash, {{0, 8192}, {8192, 8192}, {16384, 32768}});
    REQUIRE(patiently([&] { return store.boot(factory); }) == Status::ok);
    Updater<TwoSlots> updater(store);
    CHECK(stream(updater, pair.patch()) == Status::slots_mismatch);
  }
  SUBCASE("one slot, a patch for two") {
    OneSlot device(pair.base, make_in_place(pair.base, pair.target, {}));
    stage(device);
    CHECK(device.apply() == Status::slots_mismatch);
    CHECK(erases_in(device, device.layout().slot_a) == 0);
  }
  SUBCASE("firmware that tries models out, and would have none to go back to") {
    OneSlot device = pair.device();
    stage(device);
    ModelStore<Trial> store(device.flash(), device.layout());
    REQUIRE(patiently([&] { return store.boot(); }) == Status::ok);
    OneSlot::Area staging(store.port(), device.area());
    REQUIRE(patiently([&] { return staging.open(device.patch().plan); }) == Status::ok);
    InPlaceUpdater<Trial, OneSlot::Area> updater(store, staging);
    CHECK(patiently([&] { return updater.apply(); }) == Status::needs_way_back);
    CHECK(erases_in(device, device.layout().slot_a) == 0);
  }
  SUBCASE("blocks that the flash does not have") {
    OneSlot device(pair.base, make_in_place(pair.base, pair.target, {128, 3, 2}));
    stage(device);
    CHECK(device.apply() == Status::slots_mismatch);
  }
  SUBCASE("blocks of which the slot's last one is not whole: behind it something else would be erased") {
    const Bytes longer = random_bytes(7600, 3);
    OneSlot device(pair.base, make_in_place(pair.base, longer, {1024, 3, 2}), kSmallPart, 12);
    REQUIRE(device.layout().slot_a.size % 1024 != 0);
    stage(device);
    CHECK(device.apply() == Status::slots_mismatch);
    CHECK(erases_in(device, device.layout().slot_a) == 0);
  }
  SUBCASE("more spare blocks than there are") {
    OneSlot device(pair.base, make_in_place(pair.base, pair.target, {256, 4, 3}));
    stage(device);
    CHECK(device.apply() == Status::slots_mismatch);
  }
}

TEST_CASE("a full model needs leave to take a whole model's place, and none where there is no whole model") {
  const InPlacePair pair;
  OneSlot device = pair.device();
  REQUIRE(device.boot() == Status::ok);
  const Bytes full = pair.full_target();
  CHECK(stream(device.updater(), full) == Status::needs_gap);
  CHECK(device.active_bytes() == pair.base);
  device.flash().rot(Rot{100, 3});
  CHECK(stream(device.updater(), full) == Status::ok);
  CHECK(device.active_bytes() == pair.target);
}
