// SPDX-License-Identifier: Apache-2.0
// What a history says of updates in place, however often it looks.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "device/one_slot_steps.hpp"
#include "tmd/flash/ram_flash.hpp"
#include "tmd/history.hpp"
#include "tmd/journal/flash_journal.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using Events = std::vector<std::string>;

/// A device whose history looks after each call.
struct Watched : ReversibleSlot {
  using Ram = RamFlash<16 * 1024, 1024, 8>;
  using Own = FlashJournal<Ram>;

  explicit Watched(const InPlacePair& pair) : ReversibleSlot(pair.base, pair.reversible()) {
    REQUIRE(boot() == Status::ok);
    REQUIRE(receive() == Status::ok);
    REQUIRE(patiently([&] { return history.mount(journal); }) == Status::ok);
    look();
  }
  void look() {
    REQUIRE(patiently([&] { return history.observe(store(), 1); }) == Status::ok);
  }
  Status apply_watched() {
    Status status = Status::would_block;
    while (status == Status::would_block) {
      status = updater().apply();
      look();
    }
    return status;
  }
  Events events() const {
    Events names;
    for (std::uint32_t i = 0; i < history.log().size(); ++i)
      names.push_back(to_string(history.log().at(i).event));
    return names;
  }

  Ram ram;
  FlashPort<Ram> port{ram};
  Own journal{port, {0, 16 * 1024}};
  History<Own, 12> history;
};

}  // namespace

TEST_CASE("an update in place and its way back are told as they are with two slots") {
  const InPlacePair pair;
  Watched device(pair);
  REQUIRE(device.apply_watched() == Status::ok);
  CHECK(device.events() == Events{"activated", "update begun", "activated"});
  device.history.monitor().judge(false);
  REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
  device.look();
  REQUIRE(device.apply_watched() == Status::ok);
  CHECK(device.events() == Events{"activated", "update begun", "activated", "reverted"});
  CHECK(device.history.monitor().bad == 0);
  CHECK(device.history.monitor().identity == load_le32(device.store().active().digest.bytes.data()));
}

TEST_CASE("a model that is lost while it is overwritten is told as erased, once") {
  const InPlacePair pair;
  Watched device(pair);
  overwrite(device, 0);
  device.look();
  for (std::uint32_t at = 40; at < device.layout().slot_b.size; at += 256)
    device.flash().rot(Rot{device.layout().slot_b.address + at, 2});
  for (int calls = 0; calls < 20; ++calls) (void)device.updater().apply();
  for (std::uint32_t at = 40; at < device.layout().slot_b.size; at += 256)
    device.flash().rot(Rot{device.layout().slot_b.address + at, 3});
  REQUIRE(device.apply_watched() == Status::model_damaged);
  CHECK(device.events() == Events{"activated", "update begun", "erased"});
}

TEST_CASE("a security counter does not go back with a model") {
  const InPlacePair pair;
  const host::Bytes counter = {7, 0, 0, 0};
  const Bytes patch = make_reversible(pair.base, pair.target, kWindow, nullptr,
                                      {{EntryNumber::security_counter, false, counter}});
  ReversibleSlot device(pair.base, patch);
  stage(device);
  REQUIRE(device.apply() == Status::ok);
  REQUIRE(device.store().snapshot().security_counter == 7);
  REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
  REQUIRE(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.base);
  CHECK(device.store().snapshot().security_counter == 7);
  CHECK(device.boot() == Status::ok);
  CHECK(device.store().snapshot().security_counter == 7);
}
