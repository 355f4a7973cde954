// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "device/journal/flash_lives.hpp"
#include "device/journal/forged_rows.hpp"
#include "tmd/journal/flash_journal.hpp"

namespace tmd::test {

TEST_CASE("a region that holds something else is lost, and wiped when asked for") {
  FlashMedium medium(kLifePart, kRoomyJournal);
  Bytes other(kRoomyJournal.size);
  for (std::size_t i = 0; i < other.size(); ++i) other[i] = static_cast<std::uint8_t>(i * 7 + (i >> 8));
  medium.flash.install(kRoomyJournal.address, view(other));
  MountedSession session(medium);
  CHECK(session.mounted == Status::journal_lost);
  CHECK(session.journal.wipe() == Status::ok);
  CHECK(session.journal.write_state(view(session.state), Log::start) == Status::ok);
  CHECK(session.mount() == Status::ok);
  CHECK(session.journal.wipe() == Status::ok);
  CHECK(session.journal.write_state(ConstBytes(), Log::start) == Status::ok);
  CHECK(session.mount() == Status::not_found);
  CHECK(medium.flash.violation() == "");
}

namespace {

/// What a device may find that is no state of its own.
enum class Found { state, lost, log_alone, something_else };

FlashMedium medium_with(Found found, unsigned seed) {
  Life<FlashMedium> life = flash_life_in(kRoomyJournal);
  if (found == Found::something_else) {
    life.medium.flash.install(kRoomyJournal.address, view(random_bytes(kRoomyJournal.size, seed)));
    return life.medium;
  }
  for (unsigned i = 0; i < seed; ++i) REQUIRE(life.go_on(some_steps()) == "");
  SimulatedFlash& flash = life.medium.flash;
  if (found == Found::lost) {
    for (const std::uint32_t copy : newest_state_in(flash, kRoomyJournal)) flash.rot({copy + 5, 3});
  }
  if (found == Found::log_alone) {
    for (const auto& [at, row] : headers_in(flash, kRoomyJournal)) {
      if (row.kind == static_cast<std::uint8_t>(RecordKind::state) || row.kind == detail::Row::kMark)
        flash.rot({at + 5, 3});
    }
  }
  return life.medium;
}

}  // namespace

TEST_CASE("power that goes while a journal is wiped leaves it as it was found until the next state counts") {
  for (const Found found : {Found::state, Found::lost, Found::log_alone, Found::something_else}) {
    for (unsigned seed = 1; seed <= 4; ++seed) {
      CAPTURE(static_cast<int>(found));
      CAPTURE(seed);
      FlashMedium medium = medium_with(found, seed);
      medium.reboot();
      const Bytes fresh = plain_payload(1000, kStateSize);
      MountedSession session(medium);
      const Status as_found = session.mounted;
      const Bytes found_state = session.state;
      REQUIRE(as_found == (found == Found::state ? Status::ok : Status::journal_lost));
      unsigned cuts = 0;
      SimulatedFlash::Watcher watcher = [&](const SimulatedFlash& flash, const FlashOperation& operation) {
        for (const Cut& cut : cuts_of(operation, 4, false)) {
          FlashMedium copy = medium;
          copy.flash = cut_in(flash, operation, cut, ++cuts);
          copy.flash.faults().repair();
          MountedSession again(copy);
          if (again.mounted != as_found) REQUIRE(again.mounted == Status::ok);
          if (again.mounted == Status::ok)
            REQUIRE((again.state == fresh || (as_found == Status::ok && again.state == found_state)));
          REQUIRE(again.journal.wipe() == Status::ok);
          REQUIRE(again.journal.write_state(view(fresh), Log::start) == Status::ok);
          REQUIRE(again.mount() == Status::ok);
          CHECK(again.state == fresh);
          CHECK(copy.violation() == "");
        }
      };
      medium.flash.watch(&watcher);
      CHECK(session.journal.wipe() == Status::ok);
      // One program fails; the call is made again.
      medium.flash.faults().plan({FaultKind::refused, medium.flash.operations() + seed});
      CHECK(session.journal.write_state(view(fresh), Log::start) == Status::program_failed);
      CHECK(session.journal.write_state(view(fresh), Log::start) == Status::ok);
      medium.flash.watch(nullptr);
      CHECK(cuts > 100);
      CHECK(session.mount() == Status::ok);
      CHECK(session.state == fresh);
    }
  }
}

TEST_CASE("a wipe ends generations that no journal lives to see, wherever they stand") {
  for (const std::uint32_t offset : {64U, 64U + kRoomyJournal.size / 2}) {
    FlashMedium medium(kLifePart, kRoomyJournal);
    medium.flash.install(kRoomyJournal.address + offset, view(forged_state(0xFFFFFFFF, 64, 16)));
    MountedSession session(medium);
    CHECK(session.mounted == Status::journal_lost);
    CHECK(session.journal.wipe() == Status::ok);
    CHECK(session.journal.write_state(view(session.state), Log::start) == Status::ok);
    CHECK(session.mount() == Status::ok);
  }
}

TEST_CASE("a journal that was lost is found as lost behind a wipe: what tells so is not what is erased") {
  FlashMedium medium(kLifePart, kRoomyJournal);
  const Bytes older(kStateSize, 1), newest(kStateSize, 2);
  {
    MountedSession session(medium);
    REQUIRE(session.journal.write_state(view(older), Log::start) == Status::ok);
    // A log begins in the other bank, with a state behind it.
    REQUIRE(session.journal.start_log(RecordKind::patch, 0, ConstBytes(), view(newest)) == Status::ok);
  }
  for (const std::uint32_t copy : newest_state_in(medium.flash, kRoomyJournal))
    medium.flash.rot({copy + 20, 3});
  {
    MountedSession session(medium);
    REQUIRE(session.mounted == Status::journal_lost);
    REQUIRE(session.journal.wipe() == Status::ok);
  }
  CHECK(MountedSession(medium).mounted == Status::journal_lost);
}

}  // namespace tmd::test
