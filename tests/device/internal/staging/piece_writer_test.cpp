// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/staging/piece_writer.hpp"

#include <doctest/doctest.h>

#include "device/internal/staging/piece_bench.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("a piece is an entry, its bytes and a mark") {
  PieceBench bench;
  REQUIRE(bench.write(4) == Status::ok);
  CHECK_FALSE(bench.writer.is_writing());
  const std::uint8_t* const flash = bench.flash->data();
  std::uint32_t number = 0;
  CHECK(bench.layout.read_entry(ConstBytes(flash + bench.layout.entry_address(0), staging::kEntrySize),
                                number));
  CHECK(number == 4);
  const Bytes bytes = PieceBench::piece(4);
  CHECK(equal_bytes(ConstBytes(flash + bench.layout.place_address(4), bytes.size()), view(bytes)));
  CHECK(load_le32(flash + bench.layout.mark_address(4)) == Crc32::of(view(bytes)));
}

TEST_CASE("it goes on over calls, and says which piece is at hand") {
  PieceBench bench;
  const Bytes bytes = PieceBench::piece(9);
  REQUIRE(bench.writer.begin(bench.index, 9, view(bytes)) == Status::ok);
  CHECK(bench.writer.is_writing());
  CHECK(bench.writer.piece() == 9);
  CHECK(bench.writer.is_writing(9, view(bytes)));
  CHECK_FALSE(bench.writer.is_writing(8, view(bytes)));
  CHECK_FALSE(bench.writer.is_writing(9, view(PieceBench::piece(8))));
  CHECK_FALSE(bench.writer.is_writing(9, view(bytes).first(31)));
  unsigned calls = 0;
  Status status = Status::would_block;
  while (status == Status::would_block && calls < 9) {
    bench.port.allow(1);  // one operation a call
    status = bench.writer.advance(bench.port, bench.index);
    ++calls;
  }
  CHECK(status == Status::ok);
  CHECK(calls == 3);
  CHECK(bench.has(9));
}

TEST_CASE("the place is entered before its first byte, the mark comes last") {
  PieceBench bench;
  const Bytes bytes = PieceBench::piece(2);
  REQUIRE(bench.writer.begin(bench.index, 2, view(bytes)) == Status::ok);
  const auto is_blank = [&](std::uint32_t address, std::uint32_t size) {
    bool blank = false;
    REQUIRE(bench.flash->is_blank(address, size, blank) == Status::ok);
    return blank;
  };
  bench.port.allow(1);
  REQUIRE(bench.writer.advance(bench.port, bench.index) == Status::would_block);
  CHECK_FALSE(is_blank(bench.layout.entry_address(0), 4));
  CHECK(is_blank(bench.layout.place_address(2), 32));
  bench.port.allow(1);
  REQUIRE(bench.writer.advance(bench.port, bench.index) == Status::would_block);
  CHECK_FALSE(is_blank(bench.layout.place_address(2), 32));
  CHECK(is_blank(bench.layout.mark_address(2), 8));
}

TEST_CASE("a place that does not take its bytes is suspect, and the piece goes elsewhere") {
  PieceBench bench;
  const Bytes bytes = PieceBench::piece(2);
  REQUIRE(bench.writer.begin(bench.index, 2, view(bytes)) == Status::ok);
  bench.spoil(bench.layout.place_address(2) + 8);  // goes bad between the look and the writing
  CHECK(is_flash_error(bench.writer.advance(bench.port, bench.index)));
  CHECK_FALSE(bench.writer.is_writing());
  CHECK_FALSE(bench.has(2));
  REQUIRE(bench.write(2) == Status::ok);
  CHECK(bench.has(2));
  std::uint32_t number = 0;
  CHECK(bench.layout.read_entry(
      ConstBytes(bench.flash->data() + bench.layout.entry_address(1), staging::kEntrySize), number));
  CHECK(number == bench.layout.piece_count());
}

TEST_CASE("flash that lies about what it programmed is found out, and the piece is missing") {
  // In the entry, in the bytes, in the mark.
  for (unsigned honest = 0; honest < 3; ++honest) {
    CAPTURE(honest);
    PieceBench bench;
    const Bytes bytes = PieceBench::piece(2);
    REQUIRE(bench.writer.begin(bench.index, 2, view(bytes)) == Status::ok);
    for (unsigned call = 0; call < honest; ++call) {
      bench.port.allow(1);
      REQUIRE(bench.writer.advance(bench.port, bench.index) == Status::would_block);
    }
    bench.flash->lies = true;
    bench.port.allow(0);
    CHECK(bench.writer.advance(bench.port, bench.index) == Status::verify_failed);
    CHECK_FALSE(bench.writer.is_writing());
    CHECK_FALSE(bench.has(2));
  }
}

TEST_CASE("without a place, or an entry, nothing is begun") {
  PieceBench bench;
  for (std::uint32_t piece = 0; piece <= staging::kSpares; ++piece) bench.index.note_suspect(piece);
  CHECK(bench.write(15) == Status::staging_full);
  CHECK_FALSE(bench.writer.is_writing());
  PieceBench full;
  std::uint32_t entry = 0;
  while (full.index.take_entry(entry)) {
  }
  CHECK(full.write(1) == Status::staging_full);
}

TEST_CASE("a last piece of broken units is filled up, and its mark speaks of its own bytes") {
  PieceBench bench({5, 20 * 32 - 2, 32});
  const Bytes bytes = random_bytes(30, 1);
  REQUIRE(bench.writer.begin(bench.index, 19, view(bytes)) == Status::ok);
  CHECK(bench.writer.advance(bench.port, bench.index) == Status::ok);
  const std::uint8_t* const flash = bench.flash->data();
  CHECK(equal_bytes(ConstBytes(flash + bench.layout.place_address(19), 30), view(bytes)));
  CHECK(load_le32(flash + bench.layout.mark_address(19)) == Crc32::of(view(bytes)));
}

TEST_CASE("no program call goes over the end of an erase block") {
  PieceBench bench({5, 131 * 24, 24});
  const std::uint32_t place = bench.layout.place_address(121);
  REQUIRE(place / 4096 != (place + 23) / 4096);
  const Bytes bytes = random_bytes(24, 1);
  REQUIRE(bench.writer.begin(bench.index, 121, view(bytes)) == Status::ok);
  CHECK(bench.writer.advance(bench.port, bench.index) == Status::ok);
  CHECK(equal_bytes(ConstBytes(bench.flash->data() + place, 24), view(bytes)));
  CHECK_FALSE(bench.flash->is_crossed);
}
