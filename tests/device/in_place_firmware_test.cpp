// SPDX-License-Identifier: Apache-2.0
// Firmware of another configuration takes a device over while an update in place, or a trial, is open.
#include <doctest/doctest.h>

#include <optional>

#include "device/one_slot_steps.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// Another firmware on a device's flash, with its staged patch.
template <class Config>
struct Firmware {
  using Area = Staging<WideFlash>;

  template <class Device>
  explicit Firmware(Device& device)
      : store(device.flash(), device.layout()),
        staging(store.port(), device.area()),
        updater(store, staging) {
    booted = patiently([&] { return store.boot(); });
    (void)patiently([&] { return staging.reopen(); });
  }
  Status apply() {
    return patiently([&] { return updater.apply(); });
  }
  Status receive(const Bytes& patch, std::uint32_t identity) {
    StagedPatch staged(0, 64);
    staged.bytes = patch;
    staged.plan = {identity, static_cast<std::uint32_t>(patch.size()), 64};
    const Status status = patiently([&] { return updater.open_staging(staged.plan); });
    return status == Status::ok ? store_missing(staging, staged) : status;
  }
  Bytes active_bytes() {
    Bytes bytes(store.active().region.size);
    (void)store.port().read(store.active().region.address, MutableBytes(bytes.data(), bytes.size()));
    return bytes;
  }

  ModelStore<Config> store;
  Area staging;
  InPlaceUpdater<Config, Area> updater;
  Status booted = Status::ok;
};
using WithoutTrials = Firmware<OneSlotConfig<WideFlash>>;
using WithTrials = Firmware<ReversibleConfig<WideFlash>>;

struct TwoSlotsConfig : DefaultConfig<WideFlash> {
  using Authentication = AllowUnsigned;
  static constexpr std::uint32_t kPageSize = kMaxProgramSize;
};

/// How far a device with trials has come before other firmware takes it over.
enum class Reached { trial, returning, undoing };

void reach(ReversibleSlot& device, Reached reached) {
  stage(device);
  REQUIRE(device.apply() == Status::ok);
  if (reached == Reached::trial) return;
  REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
  while (reached == Reached::undoing && !device.store().is_being_overwritten())
    REQUIRE(device.updater().apply() == Status::would_block);
}

}  // namespace

TEST_CASE("firmware without trials runs a target that another one had on trial, and can end that") {
  const InPlacePair pair;
  for (const Reached reached : {Reached::trial, Reached::returning}) {
    CAPTURE(static_cast<int>(reached));
    ReversibleSlot device(pair.base, pair.reversible());
    reach(device, reached);
    {
      WithoutTrials firmware(device);
      CHECK(firmware.booted == Status::ok);
      CHECK(firmware.active_bytes() == pair.target);
      CHECK_FALSE(firmware.updater.is_pending());
      REQUIRE(patiently([&] { return firmware.store.confirm(); }) == Status::ok);
      CHECK(firmware.store.active().state == ModelState::confirmed);
      CHECK(firmware.store.revert() == Status::nothing_to_revert);
    }
    WithTrials again(device);
    CHECK(again.booted == Status::ok);
    CHECK(again.active_bytes() == pair.target);
    CHECK(again.store.active().state == ModelState::confirmed);
    CHECK(again.store.revert() == Status::nothing_to_revert);
  }
}

TEST_CASE("firmware without trials receives and applies the next patch, whatever trial was open") {
  const InPlacePair pair;
  const Bytes next = make_in_place(pair.target, pair.base, kWindow);
  for (const Reached reached : {Reached::trial, Reached::returning}) {
    CAPTURE(static_cast<int>(reached));
    ReversibleSlot device(pair.base, pair.reversible());
    reach(device, reached);
    {
      WithoutTrials firmware(device);
      REQUIRE(firmware.receive(next, 8) == Status::ok);
      CHECK(firmware.apply() == Status::ok);
      CHECK(firmware.active_bytes() == pair.base);
    }
    WithTrials again(device);
    CHECK(again.booted == Status::ok);
    CHECK(again.active_bytes() == pair.base);
    CHECK(again.store.active().state == ModelState::confirmed);
    CHECK(again.store.revert() == Status::nothing_to_revert);
    REQUIRE(again.receive(pair.reversible(), 9) == Status::ok);
    CHECK(again.apply() == Status::ok);
    CHECK(again.store.active().state == ModelState::trial);
  }
}

TEST_CASE("a trial survives firmware without trials that does nothing about it") {
  const InPlacePair pair;
  for (const Reached reached : {Reached::trial, Reached::returning, Reached::undoing}) {
    CAPTURE(static_cast<int>(reached));
    ReversibleSlot device(pair.base, pair.reversible());
    reach(device, reached);
    for (int boots = 0; boots < 4; ++boots) {
      WithoutTrials firmware(device);
      CHECK(firmware.booted == (reached == Reached::undoing ? Status::updating : Status::ok));
      CHECK(firmware.updater.is_pending() == (reached == Reached::undoing));
    }
    WithTrials again(device);
    CHECK(again.booted == Status::updating);
    CHECK(again.apply() == Status::ok);
    CHECK(again.active_bytes() == pair.base);
    CHECK(again.store.active().state == ModelState::reverted);
  }
}

TEST_CASE("firmware that can't go on with what another one was at says that the model is lost") {
  const InPlacePair pair;
  SUBCASE("on the way back, without trials") {
    ReversibleSlot device(pair.base, pair.reversible());
    reach(device, Reached::undoing);
    WithoutTrials firmware(device);
    CHECK(firmware.booted == Status::updating);
    CHECK(firmware.store.active().state == ModelState::updating);
    CHECK(firmware.apply() == Status::model_damaged);
    CHECK(stream(firmware.updater, pair.full_base()) == Status::ok);
    CHECK(firmware.active_bytes() == pair.base);
  }
  SUBCASE("on the way there, with trials") {
    OneSlot device(pair.base, pair.reversible());
    stage(device);
    overwrite(device, 0);
    WithTrials firmware(device);
    CHECK(firmware.booted == Status::updating);
    CHECK(firmware.apply() == Status::model_damaged);
    CHECK(stream(firmware.updater, pair.full_base()) == Status::ok);
    CHECK(firmware.active_bytes() == pair.base);
    CHECK(firmware.store.active().state == ModelState::confirmed);
  }
}

TEST_CASE("two slots are another layout than one slot and a ring in their places") {
  const InPlacePair pair;
  SUBCASE("from two to one") {
    OneSlot device(pair.base, pair.reversible());
    FactoryModel factory;
    factory.length = static_cast<std::uint32_t>(pair.base.size());
    factory.digest = digest_of(DigestKind::sha256, view(pair.base));
    ModelStore<TwoSlotsConfig> two(device.flash(), device.layout());
    REQUIRE(patiently([&] { return two.boot(factory); }) == Status::ok);
    CHECK(WithoutTrials(device).booted == Status::other_layout);
    CHECK(WithTrials(device).booted == Status::other_layout);
  }
  SUBCASE("from one to two") {
    ReversibleSlot device(pair.base, pair.reversible());
    reach(device, Reached::undoing);
    ModelStore<TwoSlotsConfig> two(device.flash(), device.layout());
    CHECK(patiently([&] { return two.boot(); }) == Status::other_layout);
  }
}
