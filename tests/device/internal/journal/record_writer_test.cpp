// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/journal/record_writer.hpp"

#include <doctest/doctest.h>

#include "device/internal/journal/written_bank.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("records follow one another, each as long as its rows") {
  JournalBench bench;
  OpenedJournal& journal = *bench.journal;
  CHECK(journal.write(0, 2, 1, 1, random_bytes(20, 1)) == 0);
  CHECK(journal.last() == Status::ok);
  CHECK(journal.write(0, 2, 2, 1, {}) == journal.size_of(20));
  CHECK(journal.end_[0] == journal.size_of(20) + journal.size_of(0));
  CHECK(journal.end_[1] == 0);
}

TEST_CASE("a mark is one row, without payload or seal") {
  JournalBench bench;
  (void)bench.journal->write(1, detail::Row::kMark, 0, 3, {});
  CHECK(bench.journal->end_[1] == 16);
  detail::BankWalk walk;
  walk.bank = 1;
  REQUIRE(bench.journal->next_record(walk));
  CHECK(walk.header.kind == detail::Row::kMark);
  CHECK(walk.header.generation == 3);
}

TEST_CASE("a record that could not be written is followed by a gap, as if it were torn") {
  JournalBench bench;
  OpenedJournal& journal = *bench.journal;
  // Its second program call meets cells that are not blank.
  const std::uint32_t begin = journal.banks_.bank[0].address;
  REQUIRE(bench.flash->program(begin + 32, view(Bytes(4, 0))) == Status::ok);
  (void)journal.write(0, 2, 1, 1, random_bytes(60, 2));
  CHECK(journal.last() == Status::program_failed);
  CHECK(journal.end_[0] == journal.size_of(60) + journal.banks_.row.gap());
  detail::BankWalk walk;
  CHECK_FALSE(journal.next_record(walk));
}

TEST_CASE("room is what is blank; what was torn is passed by") {
  JournalBench bench;
  OpenedJournal& journal = *bench.journal;
  const std::uint32_t size = journal.banks_.bank[0].size;
  CHECK(journal.takes(0, size, 0));
  CHECK_FALSE(journal.takes(0, size, 1));
  CHECK_FALSE(journal.takes(0, size + 1, 0));
  REQUIRE(bench.flash->program(journal.banks_.bank[0].address + 20, view(Bytes(4, 0))) == Status::ok);
  CHECK(journal.takes(0, 100, 0));
  CHECK(journal.end_[0] == journal.banks_.row.gap());
  journal.end_[1] = size - 100;
  CHECK(journal.takes(1, 60, 40));
  CHECK_FALSE(journal.takes(1, 60, 41));
}

TEST_CASE("a call goes on only with the same operation, number and bytes") {
  JournalBench bench;
  OpenedJournal& journal = *bench.journal;
  const Bytes payload = random_bytes(300, 3);
  (void)journal.goes_on(2, 7, view(payload));
  journal.start(2, 0, 7, 1);
  CHECK(journal.goes_on(2, 7, view(payload)));
  CHECK_FALSE(journal.goes_on(3, 7, view(payload)));
  (void)journal.goes_on(2, 7, view(payload));
  CHECK_FALSE(journal.goes_on(2, 8, view(payload)));
  (void)journal.goes_on(2, 7, view(payload));
  CHECK_FALSE(journal.goes_on(2, 7, view(payload).first(299)));
  (void)journal.goes_on(2, 7, view(payload));
  Bytes other = payload;
  other[100] ^= 1;
  CHECK_FALSE(journal.goes_on(2, 7, view(other)));
}

TEST_CASE("a bank is erased block by block, and must be blank then") {
  JournalBench bench;
  OpenedJournal& journal = *bench.journal;
  (void)journal.write(1, 2, 1, 1, random_bytes(1500, 4));
  REQUIRE(journal.end_[1] > 1024);
  journal.start(OpenedJournal::Operation{}, 1, 0, 0);
  journal.allow(1024);
  unsigned calls = 1;
  while (journal.erase_bank(1) == Status::would_block && calls < 9) {
    ++calls;
    journal.allow(1024);
  }
  CHECK(calls == 2);
  CHECK(journal.end_[1] == 0);
  CHECK(journal.is_blank(1, 0, journal.banks_.bank[1].size));
  journal.allow(0);
  (void)journal.write(1, 2, 1, 1, random_bytes(20, 5));
  REQUIRE(journal.last() == Status::ok);
  bench.flash->lies = true;
  journal.start(OpenedJournal::Operation{}, 1, 0, 0);
  CHECK(journal.erase_bank(1) == Status::erase_failed);
}

TEST_CASE("flash that lies about what it programmed is found out") {
  JournalBench bench;
  (void)bench.journal->write(0, 2, 1, 1, random_bytes(20, 1));
  CHECK(bench.journal->last() == Status::ok);
  bench.flash->lies = true;
  (void)bench.journal->write(0, 2, 2, 1, random_bytes(20, 2));
  CHECK(bench.journal->last() == Status::verify_failed);
}

namespace {

/// Answers would_block so many times, and sees whether what it was given stays as it is.
struct SlowFlash : RamFlash<16384, 1024, 4> {
  unsigned calls = 0;
  bool stays = true;
  ConstBytes given;
  Bytes copy;

  Status program(std::uint32_t address, ConstBytes bytes) {
    if (copy.empty()) copy.assign(bytes.begin(), bytes.end());
    given = bytes;
    stays = stays && equal_bytes(given, view(copy));
    if (calls != 0) {
      --calls;
      return Status::would_block;
    }
    copy.clear();
    return RamFlash::program(address, bytes);
  }
};
struct SlowWriter : detail::RecordWriter<SlowFlash> {
  explicit SlowWriter(FlashPort<SlowFlash>& port) : RecordWriter(port, kBankRegion) {
    (void)banks_.split(port, kBankRegion);
  }
  /// Begins a record, whatever was being written.
  Status write(std::uint32_t number) {
    (void)goes_on(2, number, ConstBytes());
    start(2, 0, number, 1);
    return write_record(2, 0);
  }
};

}  // namespace

TEST_CASE("a record that is given up leaves its bytes to a driver that is still at them") {
  const auto flash = std::make_unique<SlowFlash>();
  FlashPort<SlowFlash> port(*flash);
  SlowWriter writer(port);
  flash->calls = 3;
  CHECK(writer.write(1) == Status::would_block);
  // Another one, whose header is another: the buffer is not filled before the driver has ended.
  CHECK(writer.write(2) == Status::would_block);
  CHECK(writer.write(3) == Status::would_block);
  CHECK(writer.write(4) == Status::ok);
  CHECK(flash->stays);
}
