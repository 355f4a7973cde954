// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/update/patch_log.hpp"

#include <doctest/doctest.h>

#include "support/bytes.hpp"
#include "support/ram_journal.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

constexpr std::uint32_t kInterval = 30;

/// Answers appends with something else where it is told to.
struct Journal : RamJournal {
  using RamJournal::RamJournal;
  Status answer = Status::ok;
  Status append(RecordKind kind, std::uint32_t number, ConstBytes payload) {
    return answer == Status::ok ? RamJournal::append(kind, number, payload) : answer;
  }
};
using Log = PatchLog<Journal, kInterval>;

/// All that is logged from `offset` on.
Bytes replayed(Log& log, Journal& journal, std::uint32_t offset, std::uint32_t most = 0xFFFF) {
  Bytes all;
  for (;;) {
    const ConstBytes bytes = log.replay(journal, offset, most);
    if (bytes.empty()) return all;
    CHECK(bytes.size() <= kInterval);
    all.insert(all.end(), bytes.begin(), bytes.end());
    offset += static_cast<std::uint32_t>(bytes.size());
    most -= static_cast<std::uint32_t>(bytes.size());
  }
}

/// A patch of which a manifest of 70 bytes and four records of the interval are logged, behind other records.
struct Bench {
  Bytes patch = random_bytes(190, 1);
  RamJournalContents contents;
  Journal journal{contents};
  Log log;

  Bench() {
    (void)journal.append(RecordKind::blocks, 4096, ConstBytes());
    log.start(0);
    REQUIRE(log.write(journal, view(patch).first(70)) == Status::ok);
    for (std::size_t at = 70; at < 190; at += kInterval) {
      log.add(view(patch).slice(at, 11));
      CHECK(log.room() == kInterval - 11);
      log.add(view(patch).slice(at + 11, kInterval - 11));
      CHECK(log.room() == 0);
      REQUIRE(log.flush(journal) == Status::ok);
      CHECK(log.room() == kInterval);
      (void)journal.append(RecordKind::blocks, 8192, ConstBytes());
    }
    log.rewind();
  }
  Bytes from(std::size_t offset) const {
    return Bytes(patch.begin() + static_cast<std::ptrdiff_t>(offset), patch.end());
  }
};

}  // namespace

TEST_CASE("patch bytes are given back from any offset on, whatever else is in the log") {
  Bench bench;
  for (const std::uint32_t offset : {0U, 1U, 69U, 70U, 100U, 159U, 189U}) {
    bench.log.rewind();
    CHECK(replayed(bench.log, bench.journal, offset) == bench.from(offset));
  }
  bench.log.rewind();
  CHECK(replayed(bench.log, bench.journal, 190).empty());
}

TEST_CASE("no more is given than is asked for") {
  Bench bench;
  const ConstBytes bytes = bench.log.replay(bench.journal, 5, 7);
  CHECK(equal_bytes(bytes, view(bench.patch).slice(5, 7)));
}

TEST_CASE("a record that is gone ends what can be replayed before it") {
  Bench bench;
  bench.contents.log.erase(bench.contents.log.begin() + 4);  // patch bytes 100 to 130
  const Bytes there = replayed(bench.log, bench.journal, 0);
  CHECK(there.size() == 100);
  bench.log.rewind();
  CHECK(replayed(bench.log, bench.journal, 130) == bench.from(130));
}

TEST_CASE(
    "a busy journal is asked again with the same bytes, one that is full ends the log and not the update") {
  Bench bench;
  bench.log.start(500);
  bench.log.add(view(Bytes(kInterval, 7)));
  bench.journal.answer = Status::would_block;
  CHECK(bench.log.flush(bench.journal) == Status::would_block);
  CHECK(bench.log.room() == 0);
  CHECK_FALSE(bench.log.has_ended());
  bench.journal.answer = Status::journal_full;
  CHECK(bench.log.flush(bench.journal) == Status::ok);
  CHECK(bench.log.has_ended());
  CHECK(bench.log.room() == kInterval);
  bench.journal.answer = Status::ok;
  const std::size_t records = bench.contents.log.size();
  bench.log.add(view(Bytes(kInterval, 7)));
  CHECK(bench.log.flush(bench.journal) == Status::ok);
  CHECK(bench.contents.log.size() == records);
  bench.log.start(600);
  CHECK_FALSE(bench.log.has_ended());
}

TEST_CASE("records say from which patch offset on they are") {
  Bench bench;
  CHECK(bench.contents.log[1].number == 0);
  CHECK(bench.contents.log[2].number == 70);
  CHECK(bench.contents.log[4].number == 100);
  CHECK(bench.contents.log[2].kind == RecordKind::patch);
}
