// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/staging/piece_index.hpp"

#include <doctest/doctest.h>

#include "device/internal/staging/piece_bench.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// Enters a place in the log, as it is done before its first byte; nothing else, as if power went then.
void enter(PieceBench& bench, std::uint32_t number) {
  std::uint32_t entry = 0;
  REQUIRE(bench.index.take_entry(entry));
  std::uint8_t bytes[staging::kEntrySize] = {};
  bench.layout.fill_entry(number, MutableBytes(bytes));
  REQUIRE(bench.flash->program(bench.layout.entry_address(entry), ConstBytes(bytes)) == Status::ok);
}

}  // namespace

TEST_CASE("an empty area has no pieces and every place") {
  PieceBench bench;
  CHECK_FALSE(bench.index.has_marks());
  CHECK_FALSE(bench.index.is_retired());
  for (std::uint32_t piece = 0; piece < 20; ++piece) {
    std::uint32_t place = 99;
    CHECK_FALSE(bench.has(piece));
    CHECK(bench.index.free_place(piece, place));
    CHECK(place == piece);
  }
}

TEST_CASE("pieces that were written are found, also after a restart, and none besides") {
  PieceBench bench;
  for (const std::uint32_t piece : {7U, 0U, 19U}) REQUIRE(bench.write(piece) == Status::ok);
  for (int restarts = 0; restarts < 2; ++restarts) {
    for (std::uint32_t piece = 0; piece < 20; ++piece)
      CHECK(bench.has(piece) == (piece == 7 || piece == 0 || piece == 19));
    bench.mount();
    CHECK(bench.index.has_marks());
  }
}

TEST_CASE("a piece with a damaged byte, mark or CRC is missing, and goes to a spare place") {
  for (const bool in_mark : {false, true}) {
    PieceBench bench;
    REQUIRE(bench.write(3) == Status::ok);
    bench.spoil(in_mark ? bench.layout.mark_address(3) + 5 : bench.layout.place_address(3) + 17);
    CHECK_FALSE(bench.has(3));
    bench.index.note_missing(3);
    std::uint32_t place = 0;
    REQUIRE(bench.index.free_place(3, place));
    CHECK(place == bench.layout.piece_count());
    REQUIRE(bench.write(3) == Status::ok);
    CHECK(bench.has(3));
    bench.mount();
    CHECK(bench.has(3));
    CHECK(bench.index.has_marks());
  }
}

TEST_CASE("a place that was entered and has no mark is suspect, though it looks erased") {
  PieceBench bench;
  enter(bench, 5);
  bench.mount();
  std::uint32_t place = 0;
  REQUIRE(bench.index.free_place(5, place));
  CHECK(place == bench.layout.piece_count());
  REQUIRE(bench.index.free_place(6, place));
  CHECK(place == 6);
}

TEST_CASE("what lies at a suspect place is not believed, though its mark and its CRC are right today") {
  PieceBench bench;
  REQUIRE(bench.write(3) == Status::ok);
  REQUIRE(bench.has(3));
  bench.index.note_suspect(3);
  CHECK_FALSE(bench.has(3));
}

TEST_CASE("a piece that was said to be missing stays missing, though it reads right again") {
  PieceBench bench;
  REQUIRE(bench.write(3) == Status::ok);
  bench.spoil(bench.layout.place_address(3) + 17);
  REQUIRE_FALSE(bench.has(3));
  bench.index.note_missing(3);
  bench.spoil(bench.layout.place_address(3) + 17);  // the bit is back
  CHECK_FALSE(bench.has(3));
  bench.index.note_missing(4);  // where nothing was written nothing is suspect
  REQUIRE(bench.write(4) == Status::ok);
  CHECK(bench.has(4));
  std::uint32_t number = 0;
  CHECK(bench.layout.read_entry(
      ConstBytes(bench.flash->data() + bench.layout.entry_address(1), staging::kEntrySize), number));
  CHECK(number == 4);
}

TEST_CASE("a piece at a spare place that was said to be missing stays so until it is written again") {
  PieceBench bench;
  bench.index.note_suspect(3);
  REQUIRE(bench.write(3) == Status::ok);
  REQUIRE(bench.has(3));
  const std::uint32_t spare = bench.layout.piece_count();
  bench.spoil(bench.layout.mark_address(spare) + 2);
  REQUIRE_FALSE(bench.has(3));
  bench.index.note_missing(3);
  bench.spoil(bench.layout.mark_address(spare) + 2);  // the bit is back
  CHECK_FALSE(bench.has(3));
  REQUIRE(bench.write(3) == Status::ok);
  CHECK(bench.has(3));
  std::uint32_t place = 0;
  REQUIRE(bench.index.free_place(3, place));
  CHECK(place == spare + 2);
}

TEST_CASE("a place that is not blank is given to no piece, be it its bytes or its mark") {
  PieceBench bench;
  const std::uint32_t spare = bench.layout.piece_count();
  bench.spoil(bench.layout.place_address(5) + 31);
  bench.spoil(bench.layout.place_address(spare) + 2);
  bench.spoil(bench.layout.mark_address(spare + 1) + 7);
  std::uint32_t place = 0;
  REQUIRE(bench.index.free_place(5, place));
  CHECK(place == spare + 2);
  bench.spoil(bench.layout.mark_address(6));
  REQUIRE(bench.index.free_place(6, place));
  CHECK(place == spare + 2);
  REQUIRE(bench.index.free_place(7, place));
  CHECK(place == 7);
}

TEST_CASE("a spare place that was entered is not given out again") {
  PieceBench bench;
  enter(bench, bench.layout.piece_count() + 2);
  bench.index.note_suspect(4);
  bench.mount();
  bench.index.note_suspect(4);
  std::uint32_t place = 0;
  REQUIRE(bench.index.free_place(4, place));
  CHECK(place == bench.layout.piece_count() + 3);
}

TEST_CASE("more suspects than spare places leave no place for any piece") {
  PieceBench bench;
  std::uint32_t place = 0;
  for (std::uint32_t piece = 0; piece < staging::kSpares; ++piece) bench.index.note_suspect(piece);
  bench.index.note_suspect(0);  // known already
  CHECK(bench.index.free_place(15, place));
  bench.index.note_suspect(staging::kSpares);
  CHECK_FALSE(bench.index.free_place(15, place));
}

TEST_CASE("the log's entries are given out once, until it is full; a retired area says so") {
  PieceBench bench;
  std::uint32_t entry = 0;
  REQUIRE(bench.index.take_entry(entry));
  CHECK(entry == 0);
  enter(bench, 1);
  bench.mount();
  CHECK_FALSE(bench.index.is_retired());
  REQUIRE(bench.index.take_entry(entry));
  CHECK(entry == 2);  // the first one that was taken stayed blank, the one behind it did not
  enter(bench, staging::kRetired);
  bench.mount();
  CHECK(bench.index.is_retired());
  unsigned left = 0;
  while (bench.index.take_entry(entry)) ++left;
  CHECK(entry == bench.layout.entry_count() - 1);
  CHECK(left < bench.layout.entry_count());
}
