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

  WornBank() {
    MountedSession session(medium);
    REQUIRE(session.journal.write_state(view(old_state), Log::start) == Status::ok);
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
    {
      // The log begins in the other bank, and the state behind it is cut at its first seal.
      MountedSession session(worn.medium);
      unsigned seals = 0;
      SimulatedFlash::Watcher watcher = [&](const SimulatedFlash& flash, const FlashOperation& operation) {
        if (operation.kind != FlashOperation::Kind::program || operation.bytes[0] != 0x0F || ++seals != 2)
          return;
        worn.medium.flash.cut_at(flash.operations(), {CutPosition::whole_call, Torn::unstable});
      };
      worn.medium.flash.watch(&watcher);
      CHECK_THROWS_AS(
          (void)session.journal.start_log(RecordKind::patch, 0, ConstBytes(), view(worn.new_state)),
          PowerCut);
      worn.medium.flash.watch(nullptr);
    }
    worn.stop(1);
    for (unsigned boot = 0; boot < 6; ++boot) {
      worn.medium.reboot();
      MountedSession session(worn.medium);
      REQUIRE(session.mounted == Status::ok);
      const bool is_older = session.state == worn.old_state;
      REQUIRE((is_older || session.state == worn.new_state));
      if (is_older) ++older;
      // Power goes once more where a bank is erased.
      SimulatedFlash::Watcher watcher = [&](const SimulatedFlash& flash, const FlashOperation& operation) {
        if (operation.kind == FlashOperation::Kind::erase)
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
