// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <vector>

#include "device/one_slot_steps.hpp"

namespace tmd::test {

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
    stage(device);
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

}  // namespace tmd::test
