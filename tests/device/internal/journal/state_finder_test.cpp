// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/journal/state_finder.hpp"

#include <doctest/doctest.h>

#include "device/internal/journal/written_bank.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// Both copies of a state and its mark: the place of the first copy. `log`: the generation of the log's records.
std::uint32_t write_state(OpenedJournal& journal, std::uint8_t bank, std::uint32_t generation, unsigned seed,
                          bool with_mark = true) {
  const Bytes state = random_bytes(100, seed);
  const std::uint32_t place = journal.write(bank, kStateKind, generation, generation, state);
  (void)journal.write(bank, kStateKind, generation, generation, state);
  if (with_mark) (void)journal.write(bank, detail::Row::kMark, 0, generation, {});
  return place;
}

}  // namespace

TEST_CASE("blank flash has no state, and that is no error") {
  JournalBench bench;
  CHECK(bench.journal->look_for_newest() == Status::ok);
  CHECK(bench.journal->generation_ == 0);
  CHECK(bench.journal->highest_ == 0);
}

TEST_CASE("of several states the newest counts, whichever bank it is in") {
  JournalBench bench;
  (void)write_state(*bench.journal, 0, 1, 1);
  const std::uint32_t newest = write_state(*bench.journal, 1, 3, 3);
  (void)write_state(*bench.journal, 0, 2, 2);
  bench.restart();
  REQUIRE(bench.journal->look_for_newest() == Status::ok);
  CHECK(bench.journal->generation_ == 3);
  CHECK(bench.journal->present_ == 1);
  CHECK(bench.journal->state_place_ == newest);
  CHECK(bench.journal->state_length_ == 100);
  CHECK(bench.journal->is_intact_);
  Bytes state(100);
  REQUIRE(bench.journal->read_payload(1, newest, 0, MutableBytes(state.data(), 100)) == Status::ok);
  CHECK(state == random_bytes(100, 3));
}

TEST_CASE("one damaged copy costs nothing but protection, which is told") {
  for (const bool second : {false, true}) {
    JournalBench bench;
    const std::uint32_t place = write_state(*bench.journal, 0, 4, 1);
    const std::uint32_t copy = place + (second ? bench.journal->size_of(100) : 0);
    bench.flip(0, copy + 40, 2);
    bench.restart();
    REQUIRE(bench.journal->look_for_newest() == Status::ok);
    CHECK(bench.journal->generation_ == 4);
    CHECK(bench.journal->state_place_ == (second ? place : place + bench.journal->size_of(100)));
    CHECK_FALSE(bench.journal->is_intact_);
  }
}

TEST_CASE("a state that was never completed gives way to the one before; one with a mark does not") {
  for (const bool with_mark : {false, true}) {
    JournalBench bench;
    (void)write_state(*bench.journal, 0, 4, 1);
    const std::uint32_t torn = write_state(*bench.journal, 1, 5, 2, with_mark);
    bench.flip(1, torn + 40, 2);
    bench.flip(1, torn + bench.journal->size_of(100) + 40, 2);
    bench.restart();
    const Status status = bench.journal->look_for_newest();
    if (with_mark) {
      CHECK(status == Status::journal_lost);
    } else {
      CHECK(status == Status::ok);
      CHECK(bench.journal->generation_ == 4);
      CHECK(bench.journal->highest_ == 5);
      CHECK_FALSE(bench.journal->is_intact_);
    }
  }
}

TEST_CASE(
    "a log without a state is a journal that was lost, and so is something else's data in the first bank") {
  JournalBench bench;
  (void)bench.journal->write(0, 2, 0, 7, random_bytes(30, 1));
  bench.restart();
  CHECK(bench.journal->look_for_newest() == Status::journal_lost);
  JournalBench foreign;
  const Region first = foreign.journal->banks_.bank[0], second = foreign.journal->banks_.bank[1];
  REQUIRE(foreign.flash->program(first.address, view(random_bytes(512, 2))) == Status::ok);
  CHECK(foreign.journal->look_for_newest() == Status::journal_lost);
  REQUIRE(foreign.flash->program(second.address, view(random_bytes(512, 2))) == Status::ok);
  CHECK(foreign.journal->look_for_newest() == Status::journal_lost);
  JournalBench torn;  // in the second bank: an erase that was cut, since the first one took nothing
  REQUIRE(torn.flash->program(second.address, view(random_bytes(512, 2))) == Status::ok);
  CHECK(torn.journal->look_for_newest() == Status::ok);
  for (std::uint32_t at = first.address; at < first.address + 400; at += 64)
    REQUIRE(torn.flash->program(at, view(random_bytes(32, at))) == Status::ok);
  CHECK(torn.journal->look_for_newest() == Status::ok);
}

TEST_CASE("critical records of other firmware are found in the log that counts, and not in older ones") {
  JournalBench bench;
  (void)write_state(*bench.journal, 0, 4, 1);
  (void)bench.journal->write(0, 0x99, 0, 3, {});
  bench.restart();
  CHECK(bench.journal->look_for_newest() == Status::ok);
  (void)bench.journal->write(0, 0x19, 0, 4, {});
  CHECK(bench.journal->look_for_newest() == Status::ok);
  bench.journal->end_[0] -= bench.journal->banks_.row.gap();
  (void)bench.journal->write(0, 0x99, 0, 4, {});
  bench.restart();
  CHECK(bench.journal->look_for_newest() == Status::unknown_record);
}

TEST_CASE(
    "generations that no journal lives to see are something else's: the next one would begin at zero again") {
  for (const std::uint32_t generation : {0x7FFFFFFFU, 0x80000000U, 0xFFFFFFFFU}) {
    JournalBench bench;
    (void)write_state(*bench.journal, 0, 1, 1);
    const std::uint32_t header = bench.journal->write(1, 2, 0, generation, {});
    bench.flip(1, header + 2 * 16, 1);
    bench.restart();
    CHECK(bench.journal->look_for_newest() == (generation == 0x7FFFFFFF ? Status::ok : Status::journal_lost));
  }
}

TEST_CASE(
    "something else's data beside a header without its seal is a journal that was lost, and no new one") {
  JournalBench bench;
  const std::uint32_t torn = bench.journal->write(1, kStateKind, 1, 1, {});
  bench.flip(1, torn + 2 * 16, 1);
  const std::uint32_t first = bench.journal->banks_.bank[0].address;
  REQUIRE(bench.flash->program(first, view(random_bytes(512, 2))) == Status::ok);
  bench.restart();
  CHECK(bench.journal->look_for_newest() == Status::journal_lost);
  CHECK(bench.journal->highest_ == 1);
}
