// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "device/journal/flash_medium.hpp"
#include "tmd/journal/flash_journal.hpp"

namespace tmd::test {

namespace {

/// A journal in its own flash that has a state of ones, of which one bank takes no program from then on.
struct WornBank {
  static constexpr std::uint32_t kBank = 8 * 512;
  FlashMedium medium{FlashPart("", 512, 8, false, Erased::ones), {0, 2 * kBank}};
  const Bytes old_state = Bytes(kStateSize, 1), new_state = Bytes(kStateSize, 2);
  Bytes logged = Bytes(20, 3);  ///< The decoder's state that the new one's log begins with.

  WornBank() {
    MountedSession session(medium);
    REQUIRE(session.journal.write_state(view(old_state), Log::start) == Status::ok);
  }
  /// Leaves room for states in the first bank, but not for so many bytes of the log with them.
  void fill(std::size_t log) {
    MountedSession session(medium);
    for (unsigned i = 0; i < 17; ++i)
      REQUIRE(session.journal.write_state(view(old_state), Log::keep) == Status::ok);
    REQUIRE(newest_state_in(medium.flash, medium.region).back() < kBank);
    REQUIRE(newest_state_in(medium.flash, medium.region).back() + log > kBank);
  }
  /// Power goes in the call that makes the new state count, and what that leaves reads differently each time.
  void cut_first_seal_of_new_state(bool is_beside) {
    MountedSession session(medium);
    const unsigned which = is_beside ? 1 : 2;  // a log begins in the other bank, with a record of its own
    unsigned seals = 0;
    SimulatedFlash::Watcher watcher = [&](const SimulatedFlash& flash, const FlashOperation& operation) {
      if (operation.kind != FlashOperation::Kind::program || operation.bytes[0] != 0x0F || ++seals != which)
        return;
      medium.flash.cut_at(flash.operations(), {CutPosition::whole_call, Torn::unstable});
    };
    medium.flash.watch(&watcher);
    const auto write = [&] {
      return is_beside ? session.journal.write_state(view(new_state), Log::keep)
                       : session.journal.start_log(RecordKind::decoder, 0, view(logged), view(new_state));
    };
    CHECK_THROWS_AS((void)write(), PowerCut);
    medium.flash.watch(nullptr);
  }
  void stop(unsigned bank) { medium.flash.faults().stop_programs({bank * kBank, kBank}); }
};

}  // namespace

TEST_CASE("a present bank that takes nothing any more gives way to the other one after three failures") {
  WornBank worn;
  worn.stop(0);
  {
    MountedSession session(worn.medium);
    for (int failures = 0; failures < 3; ++failures)
      CHECK(session.journal.write_state(view(worn.new_state), Log::keep) == Status::program_failed);
    CHECK(session.journal.write_state(view(worn.new_state), Log::keep) == Status::ok);
  }
  MountedSession session(worn.medium);
  REQUIRE(session.mounted == Status::ok);
  CHECK(session.state == worn.new_state);
  // The other bank is used up before anything of the first one's is asked for.
  Status status = Status::ok;
  for (unsigned i = 0; i < 100 && status == Status::ok; ++i)
    status = session.journal.write_state(view(worn.old_state), Log::keep);
  CHECK(is_flash_error(status));
  CHECK(session.mount() == Status::ok);
  CHECK(session.state == worn.old_state);
  CHECK(worn.medium.violation() == "");
}

TEST_CASE("power that goes while a bank that takes nothing is left costs no state") {
  WornBank worn;
  worn.stop(0);
  unsigned cuts = 0;
  SimulatedFlash::Watcher watcher = [&](const SimulatedFlash& flash, const FlashOperation& operation) {
    for (const Cut& cut : cuts_of(operation, 8, false)) {
      FlashMedium copy = worn.medium;
      copy.flash = cut_in(flash, operation, cut, ++cuts);
      for (unsigned boot = 0; boot < 3; ++boot) {
        copy.reboot();
        MountedSession session(copy);
        REQUIRE(session.mounted == Status::ok);
        REQUIRE((session.state == worn.old_state || session.state == worn.new_state));
        Status status = session.journal.restore_state();
        for (unsigned i = 0; i < 4 && status != Status::ok; ++i) status = session.journal.restore_state();
        REQUIRE(status == Status::ok);
      }
      CHECK(copy.violation() == "");
    }
  };
  MountedSession session(worn.medium);
  worn.medium.flash.watch(&watcher);
  for (unsigned i = 0; i < 4; ++i) (void)session.journal.write_state(view(worn.new_state), Log::keep);
  worn.medium.flash.watch(nullptr);
  CHECK(cuts > 200);
}

TEST_CASE(
    "a state that may not be there the next time does not cost the older one, whatever takes no program") {
  unsigned older = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    WornBank worn;
    worn.medium.flash.reseed(seed);
    worn.logged = Bytes(1000, 3);
    worn.fill(worn.logged.size());
    worn.cut_first_seal_of_new_state(false);
    worn.stop(1);
    for (unsigned boot = 0; boot < 6; ++boot) {
      worn.medium.reboot();
      MountedSession session(worn.medium);
      REQUIRE(session.mounted == Status::ok);
      const bool is_older = session.state == worn.old_state;
      REQUIRE((is_older || session.state == worn.new_state));
      if (is_older) ++older;
      // Power goes once more where a bank has been erased.
      SimulatedFlash::Watcher watcher = [&](const SimulatedFlash& flash, const FlashOperation& operation) {
        const std::uint32_t behind = operation.address + flash.erase_size(operation.address);
        if (operation.kind == FlashOperation::Kind::erase && behind % WornBank::kBank == 0)
          worn.medium.flash.cut_at(flash.operations(), {CutPosition::after, Torn::old});
      };
      worn.medium.flash.watch(&watcher);
      try {
        for (unsigned i = 0; i < 5; ++i) (void)session.journal.restore_state();
      } catch (const PowerCut&) {
      }
      worn.medium.flash.watch(nullptr);
    }
  }
  CHECK(older > 20);
}

TEST_CASE("a state that may not be there the next time is written behind the older one in the other bank") {
  // Where it is cut: in the bank of the older one, with a blank bank beside it, or in the other bank.
  for (const bool is_beside : {true, false}) {
    unsigned written = 0;
    for (std::uint64_t seed = 1; seed <= 120; ++seed) {
      WornBank worn;
      worn.medium.flash.reseed(seed);
      worn.cut_first_seal_of_new_state(is_beside);
      worn.stop(is_beside ? 0 : 1);
      worn.medium.reboot();
      Bytes found;
      {
        MountedSession session(worn.medium);
        REQUIRE(session.mounted == Status::ok);
        found = session.state;
        Status status = session.journal.restore_state();
        for (unsigned i = 0; i < 3 && status != Status::ok; ++i) status = session.journal.restore_state();
        REQUIRE(status == Status::ok);
      }
      if (found == worn.new_state) ++written;
      for (unsigned boot = 0; boot < 4; ++boot) {
        worn.medium.reboot();
        MountedSession session(worn.medium);
        REQUIRE(session.mounted == Status::ok);
        CHECK(session.state == found);
        if (found == worn.new_state && !is_beside) CHECK(session.has_logged(worn.logged));
        CHECK(session.journal.restore_state() == Status::ok);
      }
      CHECK(worn.medium.violation() == "");
    }
    CHECK(written > 10);
  }
}

TEST_CASE(
    "a state does not go behind an older one where there is no room for the decoder's state it rests on") {
  unsigned newer = 0;
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    WornBank worn;
    worn.medium.flash.reseed(seed);
    worn.logged = Bytes(1000, 3);
    worn.fill(worn.logged.size());
    worn.cut_first_seal_of_new_state(false);
    worn.stop(1);
    for (unsigned boot = 0; boot < 3; ++boot) {
      worn.medium.reboot();
      MountedSession session(worn.medium);
      REQUIRE(session.mounted == Status::ok);
      if (session.state == worn.new_state) {
        ++newer;
        CHECK(session.has_logged(worn.logged));
      } else {
        CHECK(session.state == worn.old_state);
      }
      for (unsigned i = 0; i < 4; ++i) (void)session.journal.restore_state();
    }
  }
  CHECK(newer > 10);
}

TEST_CASE("a new device of which one bank takes nothing is a new one, wherever power goes") {
  FlashMedium medium(FlashPart("", 512, 8, false, Erased::ones), {0, 16 * 512});
  medium.flash.faults().stop_programs({0, 8 * 512});
  unsigned cuts = 0;
  SimulatedFlash::Watcher watcher = [&](const SimulatedFlash& flash, const FlashOperation& operation) {
    for (const Cut& cut : cuts_of(operation, 8, false)) {
      FlashMedium copy = medium;
      copy.flash = cut_in(flash, operation, cut, ++cuts);
      MountedSession session(copy);
      REQUIRE((session.mounted == Status::not_found || session.mounted == Status::ok));
    }
  };
  const Bytes state(kStateSize, 1);
  medium.flash.watch(&watcher);
  // The failures of several sessions add up to many torn rows.
  Status status = Status::program_failed;
  for (unsigned boot = 0; boot < 5; ++boot) {
    MountedSession session(medium);
    for (unsigned i = 0; i < (boot < 4 ? 2 : 4); ++i)
      status = session.journal.write_state(view(state), Log::start);
  }
  medium.flash.watch(nullptr);
  CHECK(status == Status::ok);
  CHECK(cuts > 200);
}

TEST_CASE(
    "a state whose second copy is still to come, and whose first one rots, is not written anew as it is "
    "then") {
  unsigned begun = 0;
  for (unsigned calls = 1; calls < 30; ++calls) {
    WornBank life;
    MountedSession session(life.medium);
    std::uint32_t first_copy = 0;  // Its payload, once that is programmed.
    SimulatedFlash::Watcher look = [&](const SimulatedFlash&, const FlashOperation& operation) {
      if (operation.bytes[0] == 0x69 && first_copy == 0) first_copy = operation.address;
    };
    life.medium.flash.watch(&look);
    Status status = Status::would_block;
    for (unsigned i = 0; i < calls && status == Status::would_block; ++i) {
      session.journal.allow(32);
      status = session.journal.write_state(view(life.new_state), Log::keep);
    }
    if (status == Status::ok) break;
    ++begun;
    if (first_copy != 0) life.medium.flash.rot({first_copy + 4, 3});
    session.journal.allow(0);
    const Bytes third(kStateSize, 3);
    SimulatedFlash::Watcher watcher = [&](const SimulatedFlash& flash, const FlashOperation&) {
      FlashMedium copy = life.medium;
      copy.flash = flash;
      copy.flash.watch(nullptr);
      copy.reboot();
      MountedSession again(copy);
      REQUIRE(again.mounted == Status::ok);
      CHECK((again.state == life.old_state || again.state == life.new_state || again.state == third));
    };
    life.medium.flash.watch(&watcher);
    status = session.journal.write_state(view(third), Log::keep);
    CHECK((status == Status::ok || is_flash_error(status)));
    life.medium.flash.watch(nullptr);
    life.medium.reboot();
    MountedSession again(life.medium);
    REQUIRE(again.mounted == Status::ok);
    CHECK(again.state == (status == Status::ok ? third : life.old_state));
    CHECK(again.journal.write_state(view(third), Log::keep) == Status::ok);
    CHECK(life.medium.violation() == "");
  }
  CHECK(begun > 4);
}

}  // namespace tmd::test
