// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "device/journal/flash_medium.hpp"
#include "device/journal/forged_rows.hpp"
#include "device/journal/life.hpp"
#include "tmd/journal/flash_journal.hpp"

namespace tmd::test {
namespace {

using Kind = Step::Kind;
const FlashPart kPart("unit 4", 256, 4, false, Erased::ones);
constexpr Region kSmall{512, 6 * 256};
constexpr Region kRoomy{512, 16 * 256};

Life<FlashMedium> life_in(Region region, const FlashPart& part = kPart) {
  return {FlashMedium(part, region), Expectation(), kStateSize};
}
std::vector<Step> some() {
  return {{Kind::start, kStateSize}, {Kind::append, 60}, {Kind::append, 45},        {Kind::fresh, 15},
          {Kind::append, 30},        {Kind::append, 99}, {Kind::start, kStateSize}, {Kind::append, 31},
          {Kind::keep, kStateSize},  {Kind::append, 64}};
}

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
      Life<FlashMedium> life = life_in(kRoomy, part);
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
  for (const Region region : {kSmall, kRoomy}) {
    Life<FlashMedium> life = life_in(region);
    for (unsigned boot = 0; boot < 5; ++boot) {
      REQUIRE(life.go_on({{Kind::start, kStateSize}}) == "");
      // Where its copies lie: the two headers of the highest generation.
      std::vector<std::uint32_t> copies;
      std::uint32_t newest = 0;
      for (std::uint32_t at = region.address; at < region.end(); at += 16) {
        detail::Row fields;
        REQUIRE(life.medium.flash.read(at, memory_of(fields)) == Status::ok);
        if (fields.tag != detail::Row::kHeader || fields.kind != 0x81) continue;
        if (fields.generation > newest) copies.clear();
        newest = std::max(newest, fields.generation);
        if (fields.generation == newest) copies.push_back(at);
      }
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

TEST_CASE("a region that holds something else is lost, and wiped when asked for") {
  FlashMedium medium(kPart, kRoomy);
  Bytes other(kRoomy.size);
  for (std::size_t i = 0; i < other.size(); ++i) other[i] = static_cast<std::uint8_t>(i * 7 + (i >> 8));
  medium.flash.install(kRoomy.address, view(other));
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
  Life<FlashMedium> life = life_in(kRoomy);
  if (found == Found::something_else) {
    life.medium.flash.install(kRoomy.address, view(random_bytes(kRoomy.size, seed)));
    return life.medium;
  }
  for (unsigned i = 0; i < seed; ++i) REQUIRE(life.go_on(some()) == "");
  std::uint32_t newest = 0;
  for (const bool damages : {false, true}) {
    for (std::uint32_t at = kRoomy.address; at < kRoomy.end(); at += 16) {
      detail::Row row;
      REQUIRE(life.medium.flash.read(at, memory_of(row)) == Status::ok);
      if (row.tag != detail::Row::kHeader || (found != Found::log_alone && row.kind != 0x81)) continue;
      if (!damages) newest = std::max(newest, row.generation);
      const bool counts =
          found == Found::log_alone ? row.kind == 0x81 || row.kind == 0 : row.generation == newest;
      if (damages && found != Found::state && counts) life.medium.flash.rot({at + 5, 3});
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
          copy.flash = flash;
          copy.flash.watch(nullptr);
          copy.flash.faults().repair();
          copy.flash.tear(operation, cut);
          copy.flash.reseed(++cuts);
          copy.reboot();
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
  for (const std::uint32_t offset : {64U, 64U + kRoomy.size / 2}) {
    FlashMedium medium(kPart, kRoomy);
    medium.flash.install(kRoomy.address + offset, view(forged_state(0xFFFFFFFF, 64, 16)));
    MountedSession session(medium);
    CHECK(session.mounted == Status::journal_lost);
    CHECK(session.journal.wipe() == Status::ok);
    CHECK(session.journal.write_state(view(session.state), Log::start) == Status::ok);
    CHECK(session.mount() == Status::ok);
  }
}

TEST_CASE("critical records of other firmware are told; others are skipped") {
  for (const unsigned kind : {0x85U, 0x06U}) {
    FlashMedium medium(kPart, kRoomy);
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
  for (std::uint32_t block = kRoomy.address; block < kRoomy.end(); block += 256) {
    for (const bool silently : {false, true}) {
      CAPTURE(block);
      CAPTURE(silently);
      Life<FlashMedium> life = life_in(kRoomy);
      REQUIRE(life.go_on(some()) == "");
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
  for (const Region region : {kSmall, kRoomy}) {
    FlashMedium medium(kPart, region);
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
    CHECK(written > (region.size == kRoomy.size ? 5U : 1U));
  }
}

TEST_CASE("one read that fails loses nothing") {
  Life<FlashMedium> life = life_in(kRoomy);
  REQUIRE(life.go_on(some()) == "");
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
  Life<FlashMedium> life = life_in(kRoomy);
  REQUIRE(life.go_on(some()) == "");
  for (const FaultKind kind : {FaultKind::lie, FaultKind::refused}) {
    for (std::uint32_t i = 0;; ++i) {
      Life<FlashMedium> copy = life;
      copy.medium.flash.faults().plan({kind, copy.medium.flash.operations() + i});
      copy.medium.reboot();
      unsigned failures = 0;
      {
        MountedSession session(copy.medium);
        REQUIRE(check_mount(session.journal, copy.expected, kStateSize) == "");
        for (const Step& step : some()) {
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
    Life<FlashMedium> life = life_in(seed % 2 == 0 ? kSmall : kRoomy);
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
      copy.flash = flash;
      copy.flash.watch(nullptr);
      copy.flash.tear(operation, cut);
      copy.flash.reseed(++cuts);
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
      copy.flash = flash;
      copy.flash.watch(nullptr);
      copy.flash.tear(operation, cut);
      copy.flash.reseed(++cuts);
      copy.reboot();
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
