// SPDX-License-Identifier: Apache-2.0
// How often a staged patch may be given up while it is tried out, and be applied anew.
#include <doctest/doctest.h>

#include <functional>

#include "device/one_slot_steps.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using GivesUp = std::function<void(GapSlot&)>;

/// Begins to try out what is staged, once, and then gives it up: what `apply` answered at last.
Status attempt(GapSlot& device, const GivesUp& give_up) {
  REQUIRE(device.receive() == Status::ok);
  Status status = Status::would_block;
  while (status == Status::would_block && !device.store().is_held()) status = device.updater().apply();
  for (unsigned i = 0; i < 3 && status == Status::would_block; ++i) status = device.updater().apply();
  if (status != Status::would_block) return status;
  give_up(device);
  return status;
}

}  // namespace

TEST_CASE("a staged patch that is given up again and again wears the flash out no further") {
  constexpr unsigned kMost = AllowsGap::kMostAttempts;
  const InPlacePair pair;
  GivesUp give_up;
  SUBCASE("for another patch that is staged") {
    give_up = [](GapSlot& device) {
      const FragmentPlan other = {9, 640, 64};
      REQUIRE(patiently([&] { return device.updater().open_staging(other); }) == Status::ok);
    };
  }
  SUBCASE("by abort") {
    give_up = [](GapSlot& device) {
      REQUIRE(patiently([&] { return device.updater().abort(); }) == Status::ok);
    };
  }
  SUBCASE("for one that is streamed") {
    give_up = [](GapSlot& device) {
      REQUIRE(patiently([&] { return device.updater().begin(); }) == Status::ok);
    };
  }
  GapSlot device(pair.base, pair.patch());
  REQUIRE(device.boot() == Status::ok);
  for (unsigned i = 0; i <= kMost; ++i) {
    CAPTURE(i);
    // What was given up last is written down when it is begun anew.
    CHECK(device.store().snapshot().refusals() == (i == 0 ? 0 : i - 1));
    REQUIRE(attempt(device, give_up) == Status::would_block);
  }
  REQUIRE(device.receive() == Status::ok);
  CHECK(device.apply() == Status::too_many_attempts);
  const std::uint32_t operations = device.flash().operations();
  CHECK(device.apply() == Status::too_many_attempts);
  CHECK(device.flash().operations() == operations);
  REQUIRE(patiently([&] { return device.store().allow_again(); }) == Status::ok);
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.target);
}

TEST_CASE("an update in place that power cuts, or that is over, is no attempt") {
  const InPlacePair pair;
  GapSlot device(pair.base, pair.patch());
  REQUIRE(device.boot() == Status::ok);
  SUBCASE("while it is tried out") {
    const GivesUp cut = [](GapSlot& one) { REQUIRE(one.boot() == Status::ok); };
    for (unsigned i = 0; i < 20; ++i) {
      CHECK(attempt(device, cut) == Status::would_block);
      CHECK(device.store().snapshot().refusals() == 0);
    }
    REQUIRE(device.receive() == Status::ok);
  }
  SUBCASE("while the model is being overwritten") {
    REQUIRE(device.receive() == Status::ok);
    overwrite(device, 10);
    for (unsigned i = 0; i < 20; ++i) {
      REQUIRE(patiently([&] { return device.updater().begin(); }) == Status::ok);
      REQUIRE(device.updater().apply() == Status::would_block);
    }
  }
  CHECK(device.apply() == Status::ok);
  CHECK(device.store().snapshot().attempts == 0);
  CHECK(device.active_bytes() == pair.target);
}

TEST_CASE("to stream past an updater that does nothing any more takes nothing from the one that took over") {
  const InPlacePair pair;
  GapSlot device(pair.base, pair.patch());
  stage(device);
  while (!device.store().is_held()) REQUIRE(device.updater().apply() == Status::would_block);
  GapSlot::TestUpdater other(device.store(), device.staging());
  REQUIRE(other.resume() == Status::not_found);
  do REQUIRE(other.apply() == Status::would_block);
  while (!device.store().is_held());
  CHECK(stream_unfinished(device.updater(), pair.full_base()) == Status::wrong_state);
  CHECK(device.store().is_held());
  CHECK(patiently([&] { return other.apply(); }) == Status::ok);
  CHECK(device.active_bytes() == pair.target);
}
