// SPDX-License-Identifier: Apache-2.0
// Power went while a state was being written, which is found at one start and not at the next; and the journal does not
// take it anew.
#include <doctest/doctest.h>

#include "device/one_slot_steps.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// The numbers of an update's operations in the journal.
struct JournalOperations {
  std::vector<std::uint32_t> before;  ///< Until the model is being overwritten.
  std::vector<std::uint32_t> all;

  explicit JournalOperations(const InPlacePair& pair) {
    OneSlot device = pair.device();
    start(device);
    SimulatedFlash::Watcher watcher = [&](const SimulatedFlash& now, const FlashOperation& operation) {
      if (!device.layout().journal.overlaps({operation.address, 1})) return;
      all.push_back(now.operations());
      if (!device.store().is_being_overwritten()) before.push_back(now.operations());
    };
    device.flash().watch(&watcher);
    REQUIRE(device.apply() == Status::ok);
    device.flash().watch(nullptr);
  }
  static void start(OneSlot& device) {
    REQUIRE(device.boot() == Status::ok);
    REQUIRE(device.receive() == Status::ok);
    device.flash().reset_operations();
  }
};

/// A device of which power went in one of the last operations of these, and left cells that change.
struct CutDevice : OneSlot {
  CutDevice(const InPlacePair& pair, const std::vector<std::uint32_t>& operations, std::uint32_t last,
            std::uint64_t seed)
      : OneSlot(pair.base, pair.patch()) {
    JournalOperations::start(*this);
    flash().reseed(seed);
    flash().cut_at(operations[operations.size() - last], {CutPosition::last_unit, Torn::unstable});
    CHECK_THROWS_AS((void)apply(), PowerCut);
  }
  Status restart() {
    flash().reboot();
    return boot();
  }
  Region bank(unsigned number) const {
    const std::uint32_t size = layout().journal.size / 2;
    return {layout().journal.address + number * size, size};
  }
};

/// The seal of a state's first copy is among these operations before the state is known to be written.
constexpr std::uint32_t kSoonest = 8;
constexpr std::uint32_t kLatest = 11;
constexpr std::uint64_t kSeeds = 8;

template <class Try>
void try_each(const Try& try_one) {
  for (std::uint32_t last = kSoonest; last <= kLatest; ++last) {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      CAPTURE(last);
      CAPTURE(seed);
      try_one(last, seed);
    }
  }
}

}  // namespace

TEST_CASE("no block goes home on the word of a state that can't be written anew") {
  const InPlacePair pair;
  const JournalOperations operations(pair);
  unsigned doubtful = 0;
  try_each([&](std::uint32_t last, std::uint64_t seed) {
    CutDevice device(pair, operations.before, last, seed);
    // The bank with the older state does not erase, the other one takes no program.
    for (std::uint32_t at = device.bank(0).address; at < device.bank(0).end(); at += 256)
      device.flash().wear_out(at, false);
    device.flash().faults().stop_programs(device.bank(1));
    for (unsigned boots = 0; boots < 24; ++boots) {
      const Status booted = device.restart();
      if (device.store().active().present) {
        CHECK(device.active_bytes() == pair.base);
        continue;
      }
      if (booted != Status::updating) ++doubtful;
      REQUIRE(device.staging().reopen() == Status::ok);
      for (unsigned tries = 0; tries < 16; ++tries) CHECK(is_error(device.apply()));
    }
    CHECK(device.flash().violation() == "");
  });
  CHECK(doubtful > 10);
}

TEST_CASE("the staged patch is not given up on the word of a state that can't be written anew") {
  const InPlacePair pair;
  const JournalOperations operations(pair);
  const FragmentPlan other = StagedPatch(100, 64, 99).plan;
  unsigned doubtful = 0;
  try_each([&](std::uint32_t last, std::uint64_t seed) {
    CutDevice device(pair, operations.all, last, seed);
    device.flash().faults().stop_programs(device.layout().journal);
    bool is_replaced = false;
    for (unsigned boots = 0; boots < 24; ++boots) {
      const Status booted = device.restart();
      const bool present = device.store().active().present;
      // Where the staging area is another patch's the target is there for good.
      if (is_replaced) CHECK(present);
      if (!present) continue;
      CHECK(device.active_bytes() == pair.target);
      is_replaced = patiently([&] { return device.updater().open_staging(other); }) == Status::ok;
      CHECK(is_replaced == (booted == Status::ok));
      if (!is_replaced) ++doubtful;
    }
    // The journal works again: whatever is found, the update ends.
    device.flash().faults().repair();
    if (device.restart() == Status::updating) {
      REQUIRE(device.staging().reopen() == Status::ok);
      CHECK((device.apply() == Status::ok || is_replaced));
    }
    CHECK(device.active_bytes() == pair.target);
    CHECK(device.flash().violation() == "");
  });
  CHECK(doubtful > 10);
}
