// SPDX-License-Identifier: Apache-2.0
// Power went while a state was being written, which is found at one start and not at the next; and the journal does not
// take it anew.
#include <doctest/doctest.h>

#include "device/doubtful_state.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("no block goes home on the word of a state that can't be written anew") {
  const InPlacePair pair;
  const JournalOperations operations(pair);
  unsigned doubtful = 0;
  try_each([&](std::uint32_t last, std::uint64_t seed) {
    CutDevice device(pair, operations.before, last, seed);
    // The bank with the older state does not erase, and neither takes a program.
    for (std::uint32_t at = device.bank(0).address; at < device.bank(0).end(); at += 256)
      device.flash().wear_out(at, false);
    device.flash().faults().stop_programs(device.layout().journal);
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

TEST_CASE(
    "a state that its bank does not take anew goes behind the older one in the other bank, and the update "
    "ends") {
  const InPlacePair pair;
  const JournalOperations operations(pair);
  unsigned ended = 0;
  try_each([&](std::uint32_t last, std::uint64_t seed) {
    CutDevice device(pair, operations.before, last, seed);
    // The bank with the older state does not erase, the other one takes no program.
    for (std::uint32_t at = device.bank(0).address; at < device.bank(0).end(); at += 256)
      device.flash().wear_out(at, false);
    device.flash().faults().stop_programs(device.bank(1));
    bool is_target = false;
    for (unsigned boots = 0; boots < 24; ++boots) {
      (void)device.restart();
      if (device.store().active().present) {
        CHECK((device.active_bytes() == pair.target || (!is_target && device.active_bytes() == pair.base)));
        is_target = device.active_bytes() == pair.target;
        continue;
      }
      CHECK_FALSE(is_target);
      REQUIRE(device.staging().reopen() == Status::ok);
      for (unsigned tries = 0; tries < 16 && device.apply() != Status::ok; ++tries) {
      }
    }
    if (is_target) ++ended;
    CHECK(device.flash().violation() == "");
  });
  CHECK(ended > 10);
}
