// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/journal/bank_reader.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "device/internal/journal/written_bank.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// The numbers of the records that a walk through a bank finds.
std::vector<std::uint32_t> walk(OpenedJournal& journal, std::uint8_t bank, detail::BankWalk& walk) {
  std::vector<std::uint32_t> numbers;
  walk = detail::BankWalk();
  walk.bank = bank;
  while (journal.next_record(walk)) numbers.push_back(walk.header.value);
  return numbers;
}
std::vector<std::uint32_t> walk(OpenedJournal& journal, std::uint8_t bank) {
  detail::BankWalk steps;
  return walk(journal, bank, steps);
}

}  // namespace

TEST_CASE("records are found in their order, in their bank") {
  JournalBench bench;
  OpenedJournal& journal = *bench.journal;
  CHECK(walk(journal, 0).empty());
  (void)journal.write(0, 2, 100, 5, random_bytes(40, 1));
  (void)journal.write(0, 2, 200, 5, {});
  (void)journal.write(1, 3, 300, 6, random_bytes(15, 2));
  (void)journal.write(0, 2, 400, 7, random_bytes(300, 3));
  detail::BankWalk steps;
  CHECK(walk(journal, 0, steps) == std::vector<std::uint32_t>{100, 200, 400});
  CHECK(steps.highest == 7);
  CHECK(steps.strangers == 0);
  CHECK(steps.used == journal.end_[0]);
  CHECK(walk(journal, 1) == std::vector<std::uint32_t>{300});
}

TEST_CASE("payload is read back from any byte on") {
  JournalBench bench;
  const Bytes payload = random_bytes(200, 4);
  const std::uint32_t place = bench.journal->write(0, 2, 1, 1, payload);
  for (const std::uint32_t at : {0U, 1U, 14U, 15U, 16U, 100U, 199U}) {
    Bytes out(200 - at);
    REQUIRE(bench.journal->read_payload(0, place, at, MutableBytes(out.data(), out.size())) == Status::ok);
    CHECK(equal_bytes(view(out), view(payload).from(at)));
  }
}

TEST_CASE("a record whose seal or header is damaged is passed over, and the next one is found") {
  JournalBench bench;
  (void)bench.journal->write(0, 2, 100, 5, random_bytes(40, 1));
  const std::uint32_t middle = bench.journal->write(0, 2, 200, 9, random_bytes(40, 2));
  const std::uint32_t last = bench.journal->write(0, 2, 300, 5, random_bytes(40, 3));
  const std::uint32_t seal = last - 16;
  for (const std::uint32_t at : {middle, middle + 3, seal, seal + 8}) {
    bench.flip(0, at, 0x10);
    detail::BankWalk steps;
    CHECK(walk(*bench.journal, 0, steps) == std::vector<std::uint32_t>{100, 300});
    CHECK(steps.strangers == 1);
    bench.flip(0, at, 0x10);
  }
  // A header without its seal still says that such a generation was used.
  bench.flip(0, seal, 0x10);
  detail::BankWalk steps;
  (void)walk(*bench.journal, 0, steps);
  CHECK(steps.highest == 9);
}

TEST_CASE("whether a payload is as it was written is asked apart from finding it") {
  JournalBench bench;
  const Bytes payload = random_bytes(90, 5);
  const std::uint32_t place = bench.journal->write(1, 2, 1, 1, payload);
  std::uint32_t crc = 0;
  CHECK(bench.journal->is_whole(1, place, 90, crc));
  CHECK(crc != 0);
  for (std::uint32_t at = 16; at < bench.journal->size_of(90) - 16; ++at) {
    bench.flip(1, place + at, 1);
    CHECK_FALSE(bench.journal->is_whole(1, place, 90, crc));
    if (at % 16 != 0) CHECK(walk(*bench.journal, 1).size() == 1);
    bench.flip(1, place + at, 1);
  }
}

TEST_CASE("a length that leads out of the bank is not believed") {
  JournalBench bench;
  OpenedJournal& journal = *bench.journal;
  detail::Row row;
  row.tag = detail::Row::kHeader;
  row.kind = 2;
  row.length = 0xFFFF;
  row.check = row.check_at(0);
  REQUIRE(bench.flash->program(journal.banks_.bank[0].address, memory_of(row)) == Status::ok);
  journal.end_[0] = 16;
  (void)journal.write(0, 2, 100, 1, random_bytes(20, 6));
  CHECK(walk(journal, 0) == std::vector<std::uint32_t>{100});
}

TEST_CASE("a record that goes on beyond its bank is none, though its seal stands there") {
  JournalBench bench;
  OpenedJournal& journal = *bench.journal;
  (void)journal.write(0, 2, 100, 1, random_bytes(20, 1));
  const std::uint32_t place = journal.write(0, 2, 200, 1, random_bytes(200, 2));
  CHECK(walk(journal, 0) == std::vector<std::uint32_t>{100, 200});
  // As firmware finds it that gives the journal less room than the one before.
  journal.banks_.bank[0].size = place + 64;
  CHECK(walk(journal, 0) == std::vector<std::uint32_t>{100});
}

TEST_CASE("rows that no journal writes are counted, and a gap in front of a record is passed") {
  JournalBench bench;
  OpenedJournal& journal = *bench.journal;
  const std::uint32_t begin = journal.banks_.bank[0].address;
  REQUIRE(bench.flash->program(begin + 64, view(random_bytes(32, 7))) == Status::ok);
  journal.end_[0] = 160;
  (void)journal.write(0, 2, 100, 1, {});
  detail::BankWalk steps;
  CHECK(walk(journal, 0, steps) == std::vector<std::uint32_t>{100});
  CHECK(steps.strangers == 0);  // Blank rows follow: a call that failed leaves as much.
  // A block full of them was being erased: it is given up after a few, and the next block is looked at.
  REQUIRE(bench.flash->program(begin + 1024 - 320, view(random_bytes(320, 8))) == Status::ok);
  journal.end_[0] = 1024;
  (void)journal.write(0, 2, 200, 1, {});
  detail::BankWalk more;
  CHECK(walk(journal, 0, more) == std::vector<std::uint32_t>{100, 200});
  CHECK(more.strangers == 5);
}

TEST_CASE("what a block full of rows that no journal writes shows stays shown behind blank ones") {
  JournalBench bench;
  const std::uint32_t begin = bench.journal->banks_.bank[0].address;
  REQUIRE(bench.flash->program(begin, view(random_bytes(5 * 16, 9))) == Status::ok);
  bench.journal->end_[0] = 1024 + 64;
  (void)bench.journal->write(0, 2, 100, 1, {});
  detail::BankWalk steps;
  CHECK(walk(*bench.journal, 0, steps) == std::vector<std::uint32_t>{100});
  CHECK(steps.strangers == 5);
}

TEST_CASE("whether the rest of a bank is blank is asked once for blank rows one behind the other") {
  JournalBench bench;
  bench.journal->end_[0] = 1024 - bench.journal->size_of(0);
  (void)bench.journal->write(0, 2, 100, 1, {});
  bench.flash->long_questions = 0;
  CHECK(walk(*bench.journal, 0) == std::vector<std::uint32_t>{100});
  // In front of the record; what is left behind it is just a block.
  CHECK(bench.flash->long_questions == 1);
}

TEST_CASE("a read that fails is tried once more, and not a third time") {
  JournalBench bench;
  const Bytes payload = random_bytes(10, 6);
  const std::uint32_t place = bench.journal->write(0, 2, 1, 1, payload);
  Bytes out(10);
  const auto read = [&] { return bench.journal->read_payload(0, place, 0, MutableBytes(out.data(), 10)); };
  bench.flash->failing = 1;
  CHECK(read() == Status::ok);
  CHECK(out == payload);
  bench.flash->failing = 2;
  CHECK(read() == Status::read_failed);
  CHECK(bench.flash->failing == 0);
}
