// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/in_place/steps.hpp"

#include <doctest/doctest.h>

#include "device/one_slot_steps.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE(
    "a patch that gives another target than it says is refused before the model's first block is erased") {
  const InPlacePair pair;
  Bytes wrong = pair.target;
  wrong.back() ^= 1;
  OneSlot device(pair.base, make_in_place(pair.base, pair.target, kWindow, &wrong));
  stage(device);
  CHECK(device.apply() == Status::target_mismatch);
  CHECK(erases_in(device, device.layout().slot_a) == 0);
  CHECK(device.active_bytes() == pair.base);
  CHECK(device.boot() == Status::ok);
  CHECK(device.store().snapshot().attempts == 1);
}

TEST_CASE("a fragment that is withheld wears nothing, however often the patch is applied without it") {
  const InPlacePair pair;
  OneSlot device(pair.base, pair.patch());
  REQUIRE(device.boot() == Status::ok);
  REQUIRE(patiently([&] { return device.staging().open(device.patch().plan); }) == Status::ok);
  std::uint32_t withheld = 0;
  SUBCASE("the first one") {}
  SUBCASE("behind the manifest") {
    withheld = 4;
  }
  SUBCASE("the last one") {
    withheld = device.patch().plan.count() - 1;
  }
  for (std::uint32_t i = 0; i < device.patch().plan.count(); ++i) {
    const auto store = [&] { return device.staging().store(i, view(pair.patch()).slice(64 * i, 64)); };
    if (i != withheld) REQUIRE(patiently(store) == Status::ok);
  }
  const std::uint32_t operations = device.flash().operations();
  for (unsigned i = 0; i < 20; ++i) REQUIRE(device.apply() == Status::not_found);
  CHECK(device.flash().operations() == operations);
  REQUIRE(device.receive() == Status::ok);
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.target);
}

TEST_CASE("no block of the model is erased before the journal says that there is none") {
  const InPlacePair pair;
  OneSlot device = pair.device();
  stage(device);
  unsigned in_slot = 0;
  SimulatedFlash::Watcher watcher = [&](const SimulatedFlash&, const FlashOperation& operation) {
    if (!device.layout().slot_a.overlaps({operation.address, 1})) return;
    ++in_slot;
    CHECK(device.store().is_being_overwritten());
  };
  device.flash().watch(&watcher);
  CHECK(device.apply() == Status::ok);
  device.flash().watch(nullptr);
  CHECK(in_slot > 10);
}

TEST_CASE("what waits in the ring, and is not marked as home, goes home after a restart") {
  const InPlacePair pair;
  OneSlot device = pair.device();
  stage(device);
  overwrite(device, 0);
  const std::uint32_t before = erases_in(device, device.layout().slot_a);
  REQUIRE(before == 0);
  REQUIRE(device.boot() == Status::updating);
  REQUIRE(patiently([&] { return device.staging().reopen(); }) == Status::ok);
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.target);
}

TEST_CASE("blocks that are home, and marked so, are not written home again after a restart") {
  const InPlacePair pair;
  OneSlot whole = pair.device();
  stage(whole);
  REQUIRE(whole.apply() == Status::ok);
  unsigned marked = 0;
  for (std::uint32_t calls = 0; calls < 1000; calls += 8) {
    CAPTURE(calls);
    OneSlot device = pair.device();
    stage(device);
    overwrite(device, 0);
    for (std::uint32_t i = 0; i < calls; ++i) (void)device.updater().apply();
    if (device.store().active().present) break;
    bool is_marked = false;
    JournalRecord record;
    auto& journal = device.store().journal();
    for (bool more = journal.first(record); more; more = journal.next(record))
      is_marked = record.kind == RecordKind::blocks;
    if (!is_marked) continue;
    ++marked;
    REQUIRE(device.boot() == Status::updating);
    REQUIRE(device.receive() == Status::ok);
    REQUIRE(device.apply() == Status::ok);
    CHECK(erases_in(device, device.layout().slot_a) == erases_in(whole, whole.layout().slot_a));
  }
  CHECK(marked > 3);
}

TEST_CASE("a state of the same size that means something else is not gone on with") {
  const InPlacePair pair;
  OneSlot device(pair.base, pair.patch());
  stage(device);
  overwrite(device, 10);
  JournalRecord record;
  REQUIRE(device.store().journal().first(record));
  REQUIRE(record.kind == RecordKind::decoder);
  Bytes state(record.length);
  REQUIRE(device.store().journal().read(record, 0, MutableBytes(state.data(), state.size())) == Status::ok);
  bool is_of_this_firmware = true;
  SUBCASE("its own is") {}
  SUBCASE("another firmware's is not") {
    is_of_this_firmware = false;
  }
  const std::uint32_t format = record.number + (is_of_this_firmware ? 0 : 1);
  auto& store = device.store();
  REQUIRE(patiently([&] {
            const Status status = store.enter();
            if (status != Status::ok) return status;
            return store.keep_in_place(format, view(state), store.snapshot().ring_head, {});
          }) == Status::ok);
  REQUIRE(device.boot() == Status::updating);
  REQUIRE(patiently([&] { return device.staging().reopen(); }) == Status::ok);
  CHECK(device.apply() == (is_of_this_firmware ? Status::ok : Status::model_damaged));
  if (is_of_this_firmware) return;
  CHECK(stream(device.updater(), pair.full_base()) == Status::ok);
  CHECK(device.active_bytes() == pair.base);
}

TEST_CASE("failures of an update that has ended are not counted in the next one") {
  const InPlacePair pair;
  OneSlot device = pair.device();
  stage(device);
  while (!device.store().is_being_overwritten() || device.updater().blocks_left() > 1)
    REQUIRE(device.updater().apply() == Status::would_block);
  device.flash().rot(Rot{device.layout().slot_a.address + 100, 3});
  Status status = Status::ok;
  for (int tries = 0; device.store().is_being_overwritten() && tries < 5; ++tries) status = device.apply();
  REQUIRE(status == Status::model_damaged);
  REQUIRE(stream(device.updater(), pair.full_base()) == Status::ok);
  overwrite(device, 0);
  device.flash().faults().plan({FaultKind::read_once, device.flash().reads()});
  CHECK(device.apply() == Status::read_failed);
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.target);
}
