// SPDX-License-Identifier: Apache-2.0
#include "tmd/journal/flash_journal.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "device/journal/flash_medium.hpp"
#include "device/journal/life.hpp"

namespace tmd::test {
namespace {

using Kind = Step::Kind;

/// Of each kind of part, the smallest region that holds such states.
struct Place {
  FlashPart part;
  Region region;
};
const std::vector<Place>& places() {
  static const std::vector<Place> kPlaces = {
      {{"unit 4", 256, 4, false, Erased::ones}, {512, 6 * 256}},
      {{"unit 1", 256, 1, false, Erased::undefined}, {256, 7 * 256}},
      {{"unit 8, ECC", 512, 8, true, Erased::zeros}, {1024, 4 * 512}},
      {{"unit 16, ECC, strict", 1024, 16, true, Erased::unreadable}, {1024, 2 * 1024}},
      {{"unit 32", 512, 32, true, Erased::ones}, {512, 6 * 512}},
      {{"unit 512", 512, 512, true, Erased::zeros}, {512, 54 * 512}},
      {{"unlike blocks", {2, 256}, {1, 512}, {0, 1024}, 4, true, Erased::ones}, {0, 2048}},
  };
  return kPlaces;
}

Life<FlashMedium> life_at(const Place& place) {
  return {FlashMedium(place.part, place.region), Expectation(), kStateSize};
}

/// States, logs, logs beside logs, each more than once, so that both banks are used again.
std::vector<Step> steps_on_flash() {
  std::vector<Step> steps;
  for (unsigned round = 0; round < 2; ++round) {
    steps.insert(steps.end(), {{Kind::start, kStateSize},
                               {Kind::append, 0},
                               {Kind::append, 31},
                               {Kind::fresh, 15},
                               {Kind::append, 15},
                               {Kind::keep, kStateSize},
                               {Kind::append, 7},
                               {Kind::start, kStateSize},
                               {Kind::append, 16},
                               {Kind::keep, kStateSize}});
  }
  return steps;
}
/// What a device does after a restart.
const std::vector<Step> kAfterwards = {
    {Kind::append, 20}, {Kind::fresh, 15}, {Kind::append, 5}, {Kind::start, kStateSize}, {Kind::append, 1}};

void check_cuts(const Place& place, const std::vector<Step>& steps) {
  CAPTURE(place.part.name);
  Life<FlashMedium> life = life_at(place);
  CutExplorer explorer(kAfterwards);
  explorer.explore(life, steps, 1);
  CAPTURE(explorer.cuts);
  CHECK(explorer.cuts > 500);
  CHECK(explorer.problem == "");
}

}  // namespace

TEST_CASE("a layout holds three states in both copies in each bank, in whole blocks") {
  for (const Place& place : places()) {
    CAPTURE(place.part.name);
    SimulatedFlash flash(place.part, 65536);
    FlashPort<SimulatedFlash> port(flash);
    using Journal = FlashJournal<SimulatedFlash>;
    CHECK(Journal::check(port, place.region, kStateSize) == Status::ok);
    CHECK(Journal::check(port, place.region, 4000) == Status::invalid_layout);
    CHECK(Journal::check(port, {place.region.address, place.region.size / 2}, kStateSize) ==
          Status::invalid_layout);
    CHECK(Journal::check(port, {place.region.address + 8, place.region.size}, kStateSize) ==
          Status::invalid_layout);
    CHECK(Journal::check(port, {65536 - 256, 1024}, kStateSize) == Status::invalid_layout);
    CHECK(Journal::check(port, {0, 0}, 0) == Status::invalid_layout);
  }
}

TEST_CASE("without a cut everything is there after each restart") {
  for (const Place& place : places()) {
    CAPTURE(place.part.name);
    Life<FlashMedium> life = life_at(place);
    for (unsigned boot = 0; boot < 12; ++boot) REQUIRE(life.go_on(steps_on_flash()) == "");
  }
}

TEST_CASE("power is cut in each flash operation, in all ways, on all parts") {
  for (const Place& place : places()) check_cuts(place, steps_on_flash());
}

TEST_CASE("power is cut twice, the second time while the device recovers from the first") {
  Life<FlashMedium> life = life_at(places()[0]);
  CutExplorer explorer({{Kind::fresh, 15}, {Kind::append, 5}, {Kind::start, kStateSize}});
  explorer.only = {{CutPosition::whole_call, Torn::old},     {CutPosition::whole_call, Torn::fresh},
                   {CutPosition::whole_call, Torn::mixture}, {CutPosition::whole_call, Torn::flicker},
                   {CutPosition::first_unit, Torn::fresh},   {CutPosition::after, Torn::old}};
  explorer.explore(life,
                   {{Kind::start, kStateSize},
                    {Kind::append, 20},
                    {Kind::fresh, 15},
                    {Kind::append, 15},
                    {Kind::start, kStateSize},
                    {Kind::append, 9}},
                   2);
  CHECK(explorer.cuts > 15000);
  CHECK(explorer.problem == "");
}

TEST_CASE("any bit flipped, any unit unreadable: the state is there, and all of the log but one record") {
  for (const Place& place : places()) {
    if (place.part.program_size == 512) continue;  // the next test case
    CAPTURE(place.part.name);
    Life<FlashMedium> life = life_at(place);
    REQUIRE(life.go_on(steps_on_flash()) == "");
    for (std::uint32_t at = place.region.address; at < place.region.end(); ++at) {
      for (std::uint8_t bit = 0; bit <= Rot::kWholeUnit; ++bit) {
        if (bit == Rot::kWholeUnit && at % place.part.program_size != 0) continue;
        Life<FlashMedium> copy = life;
        copy.medium.flash.rot({at, bit});
        CAPTURE(at);
        CAPTURE(int{bit});
        REQUIRE(copy.go_on({{Kind::start, kStateSize}}, Rotten::yes) == "");
      }
    }
  }
}

TEST_CASE("long units rot too") {
  const Place& place = places()[5];
  Life<FlashMedium> life = life_at(place);
  REQUIRE(life.go_on(steps_on_flash()) == "");
  for (std::uint32_t at = place.region.address; at < place.region.end(); at += at % 512 < 64 ? 1 : 64) {
    for (std::uint8_t bit = 0; bit <= Rot::kWholeUnit; bit += 4) {
      Life<FlashMedium> copy = life;
      copy.medium.flash.rot({at, bit});
      CAPTURE(at);
      CAPTURE(int{bit});
      REQUIRE(copy.go_on({{Kind::start, kStateSize}}, Rotten::yes) == "");
    }
  }
}

TEST_CASE("a cut, and then a place that rots") {
  for (const std::size_t index : {0U, 2U, 3U}) {
    const Place& place = places()[index];
    CAPTURE(place.part.name);
    Life<FlashMedium> life = life_at(place);
    CutExplorer explorer({});
    explorer.only = {{CutPosition::whole_call, Torn::old},
                     {CutPosition::whole_call, Torn::fresh},
                     {CutPosition::whole_call, Torn::mixture},
                     {CutPosition::whole_call, Torn::flicker}};
    explorer.after_cut = [&](Life<FlashMedium>& torn, CutExplorer& self) {
      Chance chance(self.cuts);
      for (std::uint32_t row = place.region.address; row < place.region.end(); row += 16) {
        Life<FlashMedium> copy = torn;
        copy.medium.flash.rot({row + chance.below(16), static_cast<std::uint8_t>(chance.below(9))});
        const std::string what = copy.go_on({{Kind::start, kStateSize}}, Rotten::yes);
        self.report(what);
        if (!what.empty()) self.problem += "; row " + std::to_string(row - place.region.address);
        if (!self.problem.empty()) return;
      }
    };
    explorer.explore(life,
                     {{Kind::start, kStateSize},
                      {Kind::append, 20},
                      {Kind::fresh, 15},
                      {Kind::append, 15},
                      {Kind::start, kStateSize},
                      {Kind::append, 9}},
                     1);
    CHECK(explorer.cuts > 90);
    CHECK(explorer.problem == "");
  }
}

TEST_CASE("random lives: up to five cuts, three of them unstable, and a place that rots") {
  constexpr unsigned kLives = 20000;
  unsigned cuts = 0;
  for (unsigned seed = 1; seed <= kLives; ++seed) {
    CAPTURE(seed);
    Chance chance(seed);
    const Place& place = places()[chance.below(5)];
    Life<FlashMedium> life = life_at(place);
    if (chance.below(2) == 0)
      life.medium = FlashMedium(place.part, {place.region.address, 2 * place.region.size});
    life.medium.flash.reseed(seed);
    life.expected.may_lose_logs = true;
    const bool ecc = place.part.ecc;
    const unsigned rots_at = chance.below(10);
    unsigned unstable = 0;
    for (unsigned boot = 0; boot < 8; ++boot) {
      life.medium.reboot();
      life.medium.flash.reset_operations();
      Cut cut{static_cast<CutPosition>(chance.below(kCutPositions)),
              static_cast<Torn>(chance.below(kTornKinds))};
      if (cut.torn == Torn::unreadable && !ecc) cut.torn = Torn::noise;
      if (changes_by_itself(cut.torn) && unstable++ >= kMostUnstableCuts) cut.torn = Torn::mixture;
      if (boot < 5) life.medium.flash.cut_at(chance.below(chance.below(3) == 0 ? 12 : 100), cut);
      if (boot == rots_at) {
        const std::uint32_t at = place.region.address + chance.below(place.region.size);
        life.medium.flash.rot({at, static_cast<std::uint8_t>(chance.below(9))});
      }
      const Rotten rotten = boot >= rots_at ? Rotten::yes : Rotten::no;
      try {
        FlashMedium::Session session(life.medium);
        REQUIRE(check_mount(session.journal, life.expected, kStateSize, rotten) == "");
        if (rotten == Rotten::yes) life.forget_log();
        const Status restored = restore(session.journal, life.expected);
        REQUIRE(restored == Status::ok);
        for (unsigned i = 0; i < 12; ++i) {
          const Step steps[] = {{Kind::append, chance.below(40)},
                                {Kind::append, chance.below(40)},
                                {Kind::fresh, 15},
                                {Kind::keep, kStateSize},
                                {Kind::start, kStateSize}};
          const Status status = perform(session.journal, life.expected, steps[chance.below(5)], life.make);
          REQUIRE((status == Status::ok || status == Status::journal_full));
        }
      } catch (const PowerCut&) {
        ++cuts;
      }
      REQUIRE(life.medium.violation() == "");
    }
  }
  CHECK(cuts > kLives);
}

TEST_CASE("a full journal of 32 KB, with an interrupted update in it, is mounted and restored in 250 reads") {
  constexpr std::uint32_t kLarge = 300;
  for (const FlashPart& part : {FlashPart("nRF52", 4096, 4, false, Erased::ones),
                                FlashPart("strict", 4096, 8, true, Erased::unreadable)}) {
    CAPTURE(part.name);
    Life<FlashMedium> life{FlashMedium(part, {4096, 32768}), Expectation(), kLarge};
    std::uint32_t most = 0;
    const auto boot = [&](Life<FlashMedium> torn) {
      torn.medium.reboot();
      const std::uint32_t before = torn.medium.flash.reads();
      FlashMedium::Session session(torn.medium);
      Bytes state(kLarge);
      std::uint32_t length = 0;
      REQUIRE(session.journal.mount(MutableBytes(state.data(), state.size()), length) == Status::ok);
      REQUIRE(session.journal.restore_state() == Status::ok);
      most = std::max(most, torn.medium.flash.reads() - before);
    };
    {
      FlashMedium::Session session(life.medium);
      REQUIRE(check_mount(session.journal, life.expected, kLarge) == "");
      // Power goes in each operation of the last of some updates, when both banks are full.
      SimulatedFlash::Watcher watcher = [&](const SimulatedFlash&, const FlashOperation& operation) {
        for (const Torn torn_as : {Torn::fresh, Torn::mixture}) {
          Life<FlashMedium> torn = life;
          torn.medium.flash.watch(nullptr);
          torn.medium.flash.tear(operation, {CutPosition::whole_call, torn_as});
          boot(torn);
        }
      };
      for (unsigned update = 0; update < 4; ++update) {
        if (update == 3) life.medium.flash.watch(&watcher);
        REQUIRE(perform(session.journal, life.expected, {Kind::fresh, 15}, life.make) == Status::ok);
        while (session.journal.has_room(1, 240))
          REQUIRE(perform(session.journal, life.expected, {Kind::append, 240}, life.make) == Status::ok);
        for (const Kind kind : {Kind::start, Kind::keep, Kind::keep})
          REQUIRE(perform(session.journal, life.expected, {kind, kLarge}, life.make) == Status::ok);
      }
      life.medium.flash.watch(nullptr);
    }
    MESSAGE(std::string(part.name) << ": " << most << " reads");
    CHECK(most > 100);
    CHECK(most <= 250);
  }
}

TEST_CASE("a journal that was not mounted refuses everything, and touches nothing") {
  FlashMedium medium(places()[0].part, places()[0].region);
  FlashJournal<SimulatedFlash> unattached;
  FlashPort<SimulatedFlash> port(medium.flash);
  FlashJournal<SimulatedFlash> journal(port, places()[0].region);
  Bytes state(kStateSize);
  std::uint32_t length = 7;
  CHECK(unattached.mount(MutableBytes(state.data(), state.size()), length) == Status::invalid_layout);
  CHECK(length == 0);
  CHECK(unattached.wipe() == Status::invalid_layout);
  for (FlashJournal<SimulatedFlash>* each : {&unattached, &journal}) {
    JournalRecord record;
    CHECK(each->write_state(view(state), Log::start) == Status::wrong_state);
    CHECK(each->restore_state() == Status::wrong_state);
    CHECK(each->start_log(RecordKind::patch, 0, view(state), view(state)) == Status::wrong_state);
    CHECK(each->append(RecordKind::patch, 0, view(state)) == Status::wrong_state);
    CHECK_FALSE(each->has_room(1, 1));
    CHECK_FALSE(each->fits_new_log(1));
    CHECK_FALSE(each->first(record));
  }
  CHECK(medium.flash.operations() == 0);
  CHECK(journal.overlaps(&medium.flash, places()[0].region));
  CHECK_FALSE(journal.overlaps(&medium.flash, {0, 512}));
  CHECK_FALSE(journal.overlaps(&journal, places()[0].region));
}

TEST_CASE("a record is read in parts, and not beyond its end") {
  for (const Place& place : places()) {
    FlashMedium medium(place.part, {place.region.address, place.region.size * 2});
    FlashMedium::Session session(medium);
    Bytes state(kStateSize);
    std::uint32_t length = 0;
    REQUIRE(session.journal.mount(MutableBytes(state.data(), state.size()), length) == Status::not_found);
    const Bytes payload = plain_payload(3, 93);
    REQUIRE(session.journal.append(RecordKind::decoder, 17, view(payload)) == Status::ok);
    JournalRecord record;
    REQUIRE(session.journal.first(record));
    CHECK(record.kind == RecordKind::decoder);
    CHECK(record.number == 17);
    CHECK(record.length == 93);
    for (std::uint32_t at = 0; at <= 93; ++at) {
      for (std::uint32_t size = 0; at + size <= 93; ++size) {
        Bytes part(size);
        REQUIRE(session.journal.read(record, at, MutableBytes(part.data(), size)) == Status::ok);
        REQUIRE(part == Bytes(payload.begin() + at, payload.begin() + at + size));
      }
      Bytes beyond(94 - at);
      CHECK(session.journal.read(record, at, MutableBytes(beyond.data(), beyond.size())) ==
            Status::out_of_bounds);
    }
    CHECK_FALSE(session.journal.next(record));
  }
}

}  // namespace tmd::test
