// SPDX-License-Identifier: Apache-2.0
// Power went while a state was being written, which is found at one start and not at the next; and the journal does not
// take it anew.
#include <doctest/doctest.h>

#include "device/doubtful_state.hpp"

using namespace tmd;
using namespace tmd::test;

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

TEST_CASE(
    "another patch is staged only once no state can say any more that there is no going on without this "
    "one") {
  const InPlacePair pair;
  const FragmentPlan other = StagedPatch(100, 64, 99).plan;
  ReversibleSlot device(pair.base, pair.reversible());
  stage(device);
  ReversibleSlot later(pair.base, pair.reversible());
  const auto boot_after_a_cut = [&] {
    later.put_flash(device.flash());
    return later.boot();
  };
  while (boot_after_a_cut() == Status::ok) REQUIRE(device.updater().apply() == Status::would_block);
  REQUIRE_FALSE(device.store().is_being_overwritten());
  REQUIRE(patiently([&] { return device.updater().open_staging(other); }) == Status::ok);
  CHECK(boot_after_a_cut() == Status::ok);
  CHECK(later.active_bytes() == pair.base);
  CHECK_FALSE(device.updater().is_pending());
  // The right one comes again.
  REQUIRE(patiently([&] { return device.updater().open_staging(device.patch().plan); }) == Status::ok);
  REQUIRE(device.receive() == Status::ok);
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.target);
}

TEST_CASE("a boot that flash refuses once to protect the state keeps what the update goes on from") {
  const InPlacePair pair;
  const JournalOperations operations(pair);
  unsigned overwritten = 0;
  for (std::uint32_t last = 1; last < operations.all.size() - operations.before.size(); last += 3) {
    CAPTURE(last);
    CutDevice device(pair, operations.all, last, 1);
    device.flash().reboot();
    device.flash().reset_operations();
    device.flash().faults().plan({FaultKind::refused, last % 5});
    (void)device.boot();
    if (!device.store().is_being_overwritten()) continue;
    ++overwritten;
    REQUIRE(device.staging().reopen() == Status::ok);
    Status status = device.apply();
    if (is_flash_error(status)) status = device.apply();
    CHECK(status == Status::ok);
    CHECK(device.active_bytes() == pair.target);
  }
  CHECK(overwritten > 100);
}
