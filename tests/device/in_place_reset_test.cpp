// SPDX-License-Identifier: Apache-2.0
// A journal that is started anew while the slot holds half a model: what is torn there is nobody's factory model,
// however well it reads.
#include <doctest/doctest.h>

#include "device/one_slot_steps.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// Power goes while the first block of the slot is erased from here on, and its cells seem untouched.
template <class Device, class Call>
void cut_in_slot(Device& device, Call&& call) {
  SimulatedFlash::Watcher watcher = [&](const SimulatedFlash&, const FlashOperation& operation) {
    if (operation.address >= device.layout().slot_a.end()) return;
    device.flash().tear(operation, {CutPosition::whole_call, Torn::old});
    throw PowerCut();
  };
  device.flash().watch(&watcher);
  bool was_cut = false;
  try {
    (void)patiently(call);
  } catch (const PowerCut&) {
    was_cut = true;
  }
  device.flash().watch(nullptr);
  device.flash().reboot();
  REQUIRE(was_cut);
}

template <class Device>
void check_needs_full_model(Device& device, const InPlacePair& pair) {
  for (int boots = 0; boots < 3; ++boots) {
    CHECK(device.boot() == Status::factory_mismatch);
    CHECK_FALSE(device.store().active().present);
    REQUIRE(patiently([&] { return device.store().reset(); }) == Status::ok);
  }
  REQUIRE(device.boot() == Status::factory_mismatch);
  CHECK(stream(device.updater(), pair.full_base()) == Status::ok);
  CHECK(device.active_bytes() == pair.base);
  CHECK(device.boot() == Status::ok);
  CHECK(device.flash().violation() == "");
}

}  // namespace

TEST_CASE(
    "a slot that may be torn is no factory model, whatever was reset, and a full model brings it back") {
  const InPlacePair pair;
  GapSlot device(pair.base, pair.patch());
  const auto reset = [&] { return patiently([&] { return device.store().reset(); }); };
  REQUIRE(device.boot() == Status::ok);
  SUBCASE("while it was being overwritten") {
    REQUIRE(device.receive() == Status::ok);
    cut_in_slot(device, [&] { return device.apply(); });
    REQUIRE(device.boot() == Status::updating);
  }
  SUBCASE("while a full model was streamed into it") {
    cut_in_slot(device, [&] { return stream(device.updater(), pair.full_target()); });
    REQUIRE(device.boot() == Status::factory_mismatch);
  }
  SUBCASE("while it was being wiped, in the boot that goes on with that") {
    cut_in_slot(device, [&] { return device.store().wipe(); });
    const Region& slot = device.layout().slot_a;
    for (std::uint32_t at = slot.address; at < slot.end(); at += device.flash().erase_size(at))
      device.flash().wear_out(at, false);
    REQUIRE(device.boot() == Status::erase_failed);
    REQUIRE(reset() == Status::ok);
    CHECK(device.boot() == Status::erase_failed);
    CHECK_FALSE(device.store().active().present);
    device.flash().faults().repair();
  }
  SUBCASE("after the update was given up") {
    REQUIRE(device.receive() == Status::ok);
    cut_in_slot(device, [&] { return device.apply(); });
    REQUIRE(device.boot() == Status::updating);
    const auto give_up = [&] {
      const Status status = device.store().enter();
      return status == Status::ok ? device.store().abandon_update(false) : status;
    };
    REQUIRE(patiently(give_up) == Status::ok);
    REQUIRE(device.boot() == Status::factory_mismatch);
  }
  REQUIRE(reset() == Status::ok);
  check_needs_full_model(device, pair);
}

TEST_CASE("the first model of a device that is half there is no factory model after a reset") {
  const InPlacePair pair;
  GapSlot device(pair.base, pair.patch());
  GapSlot::Store store(device.flash(), device.layout());
  GapSlot::Area staging(store.port(), device.area());
  GapSlot::TestUpdater updater(store, staging);
  // This firmware states no factory model; the next one does.
  REQUIRE(patiently([&] { return store.boot(); }) == Status::not_found);
  cut_in_slot(device, [&] { return stream(updater, pair.full_base()); });
  REQUIRE(device.boot() == Status::factory_mismatch);
  SUBCASE("and was being written still") {}
  SUBCASE("and was given up") {
    REQUIRE(patiently([&] { return device.updater().resume(); }) == Status::ok);
    REQUIRE(patiently([&] { return device.updater().abort(); }) == Status::ok);
    REQUIRE(device.boot() == Status::factory_mismatch);
  }
  REQUIRE(patiently([&] { return device.store().reset(); }) == Status::ok);
  check_needs_full_model(device, pair);
}

TEST_CASE("a ring that can't be erased keeps no factory model from being taken over after a reset") {
  const InPlacePair pair;
  OneSlot device = pair.device();
  REQUIRE(device.boot() == Status::ok);
  device.flash().wear_out(device.layout().slot_b.address, false);
  REQUIRE(patiently([&] { return device.store().erase_previous(); }) == Status::erase_failed);
  REQUIRE(patiently([&] { return device.store().reset(); }) == Status::ok);
  for (int boots = 0; boots < 2; ++boots) {
    CHECK(device.boot() == Status::erase_failed);
    CHECK(device.active_bytes() == pair.base);
  }
  CHECK(device.flash().violation() == "");
}

TEST_CASE("a model that is whole is taken over again after a reset, also with its patch staged") {
  const InPlacePair pair;
  OneSlot device = pair.device();
  REQUIRE(device.boot() == Status::ok);
  SUBCASE("none was staged") {}
  SUBCASE("one was being tried out") {
    REQUIRE(device.receive() == Status::ok);
    for (int calls = 0; calls < 20; ++calls) REQUIRE(device.updater().apply() == Status::would_block);
    REQUIRE(device.store().snapshot().in_place == InPlaceStage::staged);
  }
  REQUIRE(patiently([&] { return device.store().reset(); }) == Status::ok);
  CHECK(device.boot() == Status::ok);
  CHECK(device.active_bytes() == pair.base);
  REQUIRE(device.receive() == Status::ok);
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.target);
}

TEST_CASE("a factory model without a stated digest is never taken over") {
  const InPlacePair pair;
  OneSlot device = pair.device();
  ModelStore<OneSlotConfig<WideFlash>> store(device.flash(), device.layout());
  FactoryModel factory;
  factory.length = static_cast<std::uint32_t>(pair.base.size());
  CHECK(patiently([&] { return store.boot(factory); }) == Status::factory_mismatch);
  CHECK_FALSE(store.active().present);
}
