// SPDX-License-Identifier: Apache-2.0
// Flash that goes bad under an interrupted update.
#include <doctest/doctest.h>

#include "device/interrupted_update.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("a damaged record of the log: what was logged from it on is asked for again") {
  Interrupted device;
  const std::vector<JournalRecord> records = device.patch_records();
  REQUIRE(records.size() > 4);
  const JournalRecord& damaged = records[records.size() - 3];
  device.damage(damaged);
  REQUIRE(device.updater->resume() == Status::ok);
  CHECK(device.updater->resume_offset() == damaged.number);
  bool gap = false;
  CHECK(device.go_on(gap) == Status::ready_to_finish);
  CHECK_FALSE(gap);
  CHECK(until_done([&] { return device.updater->finish(); }) == Status::ok);
  CHECK(device.active_bytes() == device.target);
}

TEST_CASE("a logged record that is gone once the update is resumed: the update goes on from before it") {
  Interrupted device;
  const JournalRecord damaged = device.patch_records().back();
  REQUIRE(device.updater->resume() == Status::ok);
  REQUIRE(device.updater->resume_offset() == damaged.number + damaged.length);
  device.damage(damaged);
  bool gap = false;
  CHECK(device.go_on(gap) == Status::ready_to_finish);
  CHECK(gap);
  CHECK(until_done([&] { return device.updater->finish(); }) == Status::ok);
  CHECK(device.active_bytes() == device.target);
}

TEST_CASE("a written place that can't be read any more gives the update up: the next one begins anew") {
  Interrupted device;
  REQUIRE(device.updater->resume() == Status::ok);
  device.flash.rot({kDamagedLayout.slot_b.address + 400, Rot::kWholeUnit});
  bool gap = false;
  CHECK(device.go_on(gap) == Status::ready_to_finish);
  CHECK(until_done([&] { return device.updater->finish(); }) == Status::read_failed);
  device.restart();
  CHECK(device.updater->resume() == Status::not_found);
  REQUIRE(device.updater->begin() == Status::ok);
  CHECK(device.go_on(gap) == Status::ready_to_finish);
  CHECK(until_done([&] { return device.updater->finish(); }) == Status::ok);
  CHECK(device.active_bytes() == device.target);
}
