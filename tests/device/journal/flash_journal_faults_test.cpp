// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "device/journal/flash_lives.hpp"
#include "device/journal/forged_rows.hpp"
#include "tmd/journal/flash_journal.hpp"

namespace tmd::test {
namespace {

using Kind = Step::Kind;

}  // namespace

TEST_CASE("a forged state is one where a journal finds it as it is: the forgery is right") {
  for (const std::uint32_t unit : {4U, 32U}) {
    const Region region{512, 6 * 512};
    FlashMedium medium(FlashPart("", 512, unit, false, Erased::ones), region);
    const Bytes forged = forged_state(77, 64, unit < 16 ? 16 : unit);
    medium.flash.install(region.address + 64, view(forged));
    MountedSession session(medium);
    CHECK(session.mounted == Status::ok);
    CHECK(session.length == 4);
    CHECK(session.state[0] == 'e');
  }
}

TEST_CASE("no payload is taken for a record, whatever it holds, at any alignment, wherever power goes") {
  // The attacker knows where its bytes will lie: each place of a bank is tried as the one where the forgery is
  // to be read, at each alignment in the payload.
  for (const std::uint32_t unit : {4U, 32U}) {
    const std::uint32_t row_size = unit < 16 ? 16 : unit;
    const FlashPart part("", 256, unit, false, Erased::ones);
    for (std::uint32_t shift = 0; shift < row_size; ++shift) {
      Life<FlashMedium> life = flash_life_in(kRoomyJournal, part);
      life.make = [&](std::uint32_t number, std::uint32_t size) {
        Bytes payload = plain_payload(number, 4);
        payload.resize(4 + shift, 0x0F);
        // Of all offsets that it may come to lie at, each number takes another; every other one leaves out the bytes
        // that are the journal's tags, and reckons with them in its checks.
        while (payload.size() < size) {
          const std::uint32_t offset = (number * 16 + static_cast<std::uint32_t>(payload.size())) % 2048;
          const bool skips_tags = number % 2 != 0;
          Bytes forged = forged_state(1000 + number, offset / row_size * row_size, row_size,
                                      skips_tags ? Tags::of_payload : Tags::own);
          if (skips_tags) forged = without_tags(forged, row_size);
          payload.insert(payload.end(), forged.begin(), forged.end());
        }
        payload.resize(size);
        return payload;
      };
      CutExplorer explorer(
          {{Kind::append, 80}, {Kind::fresh, 15}, {Kind::append, 120}, {Kind::start, kStateSize}});
      explorer.only = {{CutPosition::whole_call, Torn::fresh},
                       {CutPosition::whole_call, Torn::mixture},
                       {CutPosition::middle_unit, Torn::fresh},
                       {CutPosition::after, Torn::old}};
      explorer.explore(life,
                       {{Kind::start, kStateSize},
                        {Kind::append, 200},
                        {Kind::append, 130},
                        {Kind::fresh, 15},
                        {Kind::append, 200},
                        {Kind::start, kStateSize},
                        {Kind::append, 150}},
                       1);
      CAPTURE(unit);
      CAPTURE(shift);
      REQUIRE(explorer.cuts > 200);
      REQUIRE(explorer.problem == "");
    }
  }
}

TEST_CASE("tags differ from one another and from erased bytes in at least four bits") {
  const std::vector<unsigned> bytes = {detail::Row::kHeader, detail::Row::kPayload, detail::Row::kSeal, 0x00,
                                       0xFF};
  for (const unsigned a : bytes) {
    for (const unsigned b : bytes) {
      if (a != b) CHECK(__builtin_popcount(a ^ b) >= 4);
    }
  }
}

TEST_CASE("both copies of the newest state damaged: lost, and no older state takes its place") {
  for (const Region region : {kSmallJournal, kRoomyJournal}) {
    Life<FlashMedium> life = flash_life_in(region);
    for (unsigned boot = 0; boot < 5; ++boot) {
      REQUIRE(life.go_on({{Kind::start, kStateSize}}) == "");
      const std::vector<std::uint32_t> copies = newest_state_in(life.medium.flash, region);
      REQUIRE(copies.size() == 2);
      for (std::uint32_t first = 0; first < 80; ++first) {
        for (std::uint32_t second = 0; second < 80; second += 3) {
          // What stands behind the fields of a seal or behind the payload has no meaning that could be damaged.
          Life<FlashMedium> copy = life;
          copy.medium.flash.rot({copies[0] + first, 3});
          copy.medium.flash.rot({copies[1] + second, 5});
          MountedSession session(copy.medium);
          REQUIRE(session.mounted == Status::journal_lost);
          CHECK(session.journal.write_state(view(session.state), Log::start) == Status::wrong_state);
          CHECK(session.journal.restore_state() == Status::wrong_state);
          CHECK(session.journal.append(RecordKind::patch, 0, ConstBytes()) == Status::wrong_state);
          CHECK(session.journal.start_log(RecordKind::patch, 0, ConstBytes(), view(session.state)) ==
                Status::wrong_state);
          CHECK_FALSE(session.journal.has_room(1, 0));
          CHECK_FALSE(session.journal.fits_new_log(0));
          JournalRecord record;
          CHECK_FALSE(session.journal.first(record));
          CHECK(copy.medium.flash.operations() == life.medium.flash.operations());
        }
      }
    }
  }
}

TEST_CASE("critical records of other firmware are told; others are skipped") {
  for (const unsigned kind : {0x85U, 0x06U}) {
    FlashMedium medium(kLifePart, kRoomyJournal);
    {
      MountedSession session(medium);
      REQUIRE(session.journal.write_state(view(session.state), Log::start) == Status::ok);
      REQUIRE(session.journal.append(static_cast<RecordKind>(kind), 3, view(plain_payload(1, 20))) ==
              Status::ok);
      REQUIRE(session.journal.append(RecordKind::blocks, 4, ConstBytes()) == Status::ok);
    }
    MountedSession session(medium);
    CHECK(session.mounted == (kind == 0x85U ? Status::unknown_record : Status::ok));
  }
}

TEST_CASE("any block that does not erase: updates go on while a bank works, states until it is full") {
  for (std::uint32_t block = kRoomyJournal.address; block < kRoomyJournal.end(); block += 256) {
    for (const bool silently : {false, true}) {
      CAPTURE(block);
      CAPTURE(silently);
      Life<FlashMedium> life = flash_life_in(kRoomyJournal);
      REQUIRE(life.go_on(some_steps()) == "");
      life.medium.flash.wear_out(block, silently);
      Status worst = Status::ok;
      for (unsigned boot = 0; boot < 3; ++boot) {
        life.medium.reboot();
        MountedSession session(life.medium);
        REQUIRE(check_mount(session.journal, life.expected, kStateSize) == "");
        const Status status = session.journal.restore_state();
        REQUIRE((status == Status::ok || status == Status::journal_worn));
        for (unsigned i = 0; i < 40; ++i) {
          const Status log = perform(session.journal, life.expected,
                                     {i % 5 == 1 ? Kind::fresh : Kind::append, 20}, life.make);
          REQUIRE((log == Status::ok || log == Status::journal_full || log == Status::erase_failed ||
                   log == Status::journal_worn));
          const Status state = perform(session.journal, life.expected, {Kind::start, kStateSize}, life.make);
          REQUIRE((state == Status::ok || state == Status::journal_worn));
          if (state != Status::ok) worst = state;
        }
      }
      // A block that is blank, and not reached by anything, is not missed.
      if (!silently) CHECK(worst == Status::journal_worn);
      CHECK(life.check_again() == "");
    }
  }
}

TEST_CASE(
    "beside a dead bank the last state that finds room can be written anew: a boot says what the next one "
    "says") {
  for (const Region region : {kSmallJournal, kRoomyJournal}) {
    FlashMedium medium(kLifePart, region);
    medium.flash.wear_out(region.address + region.size / 2, false);
    unsigned written = 0;
    for (Status status = Status::ok; status == Status::ok; ++written) {
      const auto write = [&](FlashMedium& on) {
        MountedSession session(on);
        Status ended = session.mounted == Status::not_found ? Status::ok : session.mounted;
        if (ended == Status::ok) ended = session.journal.restore_state();
        REQUIRE(ended == Status::ok);
        return session.journal.write_state(view(plain_payload(written, kStateSize)), Log::start);
      };
      // Its first copy is sealed, and the seal reads differently from boot to boot.
      for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        FlashMedium copy = medium;
        copy.flash.reseed(seed);
        SimulatedFlash::Watcher watcher = [&](const SimulatedFlash& flash, const FlashOperation& operation) {
          if (operation.kind != FlashOperation::Kind::program || operation.bytes[0] != 0x0F) return;
          copy.flash.cut_at(flash.operations(), {CutPosition::whole_call, Torn::unstable});
        };
        copy.flash.watch(&watcher);
        bool is_cut = false;
        try {
          if (write(copy) != Status::ok) break;
        } catch (const PowerCut&) {
          is_cut = true;
        }
        REQUIRE(is_cut);
        copy.flash.watch(nullptr);
        copy.reboot();
        MountedSession session(copy);
        CAPTURE(written);
        CHECK(session.journal.restore_state() == Status::ok);
      }
      status = write(medium);
      if (status != Status::ok) CHECK(status == Status::journal_worn);
    }
    CHECK(written > (region.size == kRoomyJournal.size ? 5U : 1U));
  }
}

TEST_CASE("one read that fails loses nothing") {
  Life<FlashMedium> life = flash_life_in(kRoomyJournal);
  REQUIRE(life.go_on(some_steps()) == "");
  const std::vector<Step> steps = {
      {Kind::append, 33}, {Kind::fresh, 15}, {Kind::append, 5}, {Kind::start, kStateSize}};
  Life<FlashMedium> whole = life;
  const std::uint32_t before = whole.medium.flash.reads();
  REQUIRE(whole.go_on(steps) == "");
  const std::uint32_t reads = whole.medium.flash.reads() - before;
  CHECK(reads > 100);
  for (std::uint32_t i = 0; i < reads; ++i) {
    Life<FlashMedium> copy = life;
    copy.medium.flash.faults().plan({FaultKind::read_once, before + i});
    REQUIRE(copy.go_on(steps) == "");
    CHECK(copy.medium.flash.faults().struck());
  }
}

TEST_CASE("program calls that lie or fail: the call says so, the state stays, the next call works") {
  Life<FlashMedium> life = flash_life_in(kRoomyJournal);
  REQUIRE(life.go_on(some_steps()) == "");
  for (const FaultKind kind : {FaultKind::lie, FaultKind::refused}) {
    for (std::uint32_t i = 0;; ++i) {
      Life<FlashMedium> copy = life;
      copy.medium.flash.faults().plan({kind, copy.medium.flash.operations() + i});
      copy.medium.reboot();
      unsigned failures = 0;
      {
        MountedSession session(copy.medium);
        REQUIRE(check_mount(session.journal, copy.expected, kStateSize) == "");
        for (const Step& step : some_steps()) {
          const Status status = perform(session.journal, copy.expected, step, copy.make);
          if (status == Status::ok || status == Status::journal_full) continue;
          CHECK((status == Status::verify_failed || status == Status::program_failed));
          ++failures;
        }
      }
      REQUIRE(copy.check_again() == "");
      if (!copy.medium.flash.faults().struck()) break;
      CHECK(failures == 1);
    }
  }
}

TEST_CASE("a busy driver's bytes stay, no other operation is asked for, and calls may be given up") {
  unsigned given_up = 0;
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    CAPTURE(seed);
    Life<FlashMedium> life = flash_life_in(seed % 2 == 0 ? kSmallJournal : kRoomyJournal);
    life.medium.flash.reseed(seed);
    life.expected.may_lose_logs = true;
    life.medium.flash.be_busy(2);
    Chance chance(seed);
    for (unsigned boot = 0; boot < 4; ++boot) {
      life.medium.reboot();
      life.expected.between = nullptr;
      MountedSession session(life.medium);
      REQUIRE(check_mount(session.journal, life.expected, kStateSize) == "");
      life.expected.work = chance.below(3) * 32;
      // The store ends what runs before each call, or works on a slot in the same flash.
      const bool alone = chance.below(2) == 0;
      life.expected.between = [&] {
        life.medium.flash.check_promises();
        if (alone || chance.below(2) == 0) return;
        if (chance.below(2) == 0)
          (void)session.journal.settle();
        else
          (void)session.port.erase(0);
      };
      for (unsigned i = 0; i < 30; ++i) {
        const Step steps[] = {{Kind::append, chance.below(80)},
                              {Kind::fresh, 15},
                              {Kind::keep, kStateSize},
                              {Kind::start, kStateSize}};
        const Step& step = steps[chance.below(4)];
        // Now and then a call is begun and not asked for again.
        const unsigned turns = chance.below(2) == 0 ? 1 + chance.below(20) : 100000;
        Status status = perform(session.journal, life.expected, step, life.make, turns);
        if (status == Status::would_block) {
          ++given_up;
          // A state that was given up may count or not, until the next one does.
          if (step.kind == Kind::keep || step.kind == Kind::start)
            status = perform(session.journal, life.expected, {Kind::start, kStateSize}, life.make);
        }
        CAPTURE(life.medium.violation());
        CAPTURE(std::string(to_string(status)));
        REQUIRE((status == Status::ok || status == Status::journal_full || status == Status::would_block));
      }
      life.expected.between = nullptr;
      REQUIRE(until_done(session.journal, life.expected, [&] { return session.journal.settle(); }) ==
              Status::ok);
    }
    REQUIRE(life.check_again() == "");
  }
  CHECK(given_up > 1000);
}

}  // namespace tmd::test
