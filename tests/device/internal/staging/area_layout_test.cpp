// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/staging/area_layout.hpp"

#include <doctest/doctest.h>

#include "support/bytes.hpp"

using namespace tmd;
using namespace tmd::test;
using staging::AreaLayout;

namespace {

constexpr Region kArea = {8192, 32768};

/// The layout of a patch of so many bytes in fragments, in pieces of at most `largest`.
AreaLayout layout_of(std::uint32_t length, std::uint32_t fragment, std::uint32_t unit = 4,
                     std::uint32_t largest = 64, std::uint32_t identity = 7) {
  const FragmentPlan plan{identity, length, fragment};
  return AreaLayout(plan, kArea, unit, AreaLayout::piece_size_of(plan, unit, largest));
}

}  // namespace

TEST_CASE("a plan has as many fragments as it takes, the last one shorter") {
  CHECK(FragmentPlan{1, 1000, 100}.count() == 10);
  CHECK(FragmentPlan{1, 1001, 100}.count() == 11);
  CHECK(FragmentPlan{1, 1, 100}.count() == 1);
  CHECK(FragmentPlan{1, 0, 100}.count() == 0);
  CHECK(FragmentPlan{1, 100, 0}.count() == 0);
  CHECK(FragmentPlan{1, 0xFFFFFFFF, 1}.count() == 0xFFFFFFFF);
}

TEST_CASE("fragments that fit are a piece, larger ones are cut evenly into whole units") {
  CHECK(AreaLayout::piece_size_of({1, 1000, 50}, 4, 64) == 50);
  CHECK(AreaLayout::piece_size_of({1, 1000, 64}, 4, 64) == 64);
  CHECK(AreaLayout::piece_size_of({1, 1000, 65}, 4, 64) == 36);   // 33 and 32, in whole units
  CHECK(AreaLayout::piece_size_of({1, 1000, 200}, 8, 64) == 56);  // four of 50
}

TEST_CASE("pieces cover the patch once, in order, and none is longer than its fragment leaves") {
  for (const std::uint32_t length : {1U, 199U, 200U, 201U, 1037U}) {
    for (const std::uint32_t fragment : {30U, 65U, 200U}) {
      const AreaLayout layout = layout_of(length, fragment);
      REQUIRE(layout.is_possible());
      std::uint32_t offset = 0;
      for (std::uint32_t piece = 0; piece < layout.piece_count(); ++piece) {
        CHECK(layout.offset_of(piece) == offset);
        CHECK(layout.length_of(piece) > 0);
        CHECK(layout.length_of(piece) <= 64);
        CHECK(layout.piece_at(offset) == piece);
        CHECK(layout.piece_at(offset + layout.length_of(piece) - 1) == piece);
        CHECK(layout.fragment_of(piece) == offset / fragment);
        offset += layout.length_of(piece);
      }
      CHECK(offset == length);
      CHECK(layout.first_piece(layout.plan().count()) == layout.piece_count());
    }
  }
}

TEST_CASE("headers, marks, places and log lie apart and within the region, for every program unit") {
  for (const std::uint32_t unit : {1U, 4U, 16U, 256U}) {
    const AreaLayout layout = layout_of(1500, 100, unit, 256);
    REQUIRE(layout.is_possible());
    CHECK(layout.header_address(0) == kArea.address);
    CHECK(layout.header_address(1) >= layout.header_address(0) + staging::kHeaderSize);
    CHECK(layout.mark_address(0) >= layout.header_address(1) + staging::kHeaderSize);
    CHECK(layout.place_address(0) >= layout.mark_address(layout.place_count() - 1) + staging::kMarkSize);
    const std::uint32_t log = layout.entry_address(layout.entry_count() - 1);
    CHECK(layout.place_address(layout.place_count() - 1) + layout.place_size() <= log);
    CHECK(layout.entry_address(0) + layout.entry_size() == kArea.end());
    CHECK(layout.place_count() == layout.piece_count() + staging::kSpares);
    for (const std::uint32_t address :
         {layout.mark_address(3), layout.place_address(3), layout.entry_address(3)})
      CHECK(address % unit == 0);
  }
}

TEST_CASE("a plan that needs more than the region, or that makes no sense, is not possible") {
  const FragmentPlan plan{7, 20000, 64};
  const std::uint32_t needed = static_cast<std::uint32_t>(AreaLayout::bytes_needed(plan, 4, 64));
  CHECK(AreaLayout(plan, {0, needed}, 4, 64).is_possible());
  CHECK_FALSE(AreaLayout(plan, {0, needed - 1}, 4, 64).is_possible());
  CHECK_FALSE(layout_of(0, 64).is_possible());
  CHECK_FALSE(layout_of(100, 0).is_possible());
  CHECK_FALSE(AreaLayout({7, 0xFFFFFFFF, 1}, {0, 0xFFFFFFFF}, 1, 1).is_possible());
  CHECK_FALSE(AreaLayout().is_possible());
  // The log lies behind the first erase block.
  CHECK(AreaLayout::bytes_needed({7, 10, 10}, 4, 12, 4096) > 4096);
  CHECK(AreaLayout::bytes_needed(plan, 4, 64, 4096) == needed);
}

TEST_CASE("a header describes its area, and any damage or another region makes it none") {
  const AreaLayout layout = layout_of(1000, 100);
  std::uint8_t header[staging::kHeaderSize] = {};
  layout.fill_header(MutableBytes(header));
  const AreaLayout found = AreaLayout::of_header(ConstBytes(header), kArea, 4);
  REQUIRE(found.is_possible());
  CHECK(found.plan().identity == 7);
  CHECK(found.plan().patch_length == 1000);
  CHECK(found.piece_count() == layout.piece_count());
  CHECK_FALSE(AreaLayout::of_header(ConstBytes(header), {kArea.address, kArea.size - 4096}, 4).is_possible());
  CHECK_FALSE(AreaLayout::of_header(ConstBytes(header), {kArea.address + 4096, kArea.size}, 4).is_possible());
  CHECK_FALSE(AreaLayout::of_header(ConstBytes(header), {kArea.address, kArea.size + 4096}, 4).is_possible());
  CHECK_FALSE(AreaLayout::of_header(ConstBytes(header), kArea, 8).is_possible());
  for (std::size_t bit = 0; bit < 8 * sizeof(header); ++bit) {
    header[bit / 8] = static_cast<std::uint8_t>(header[bit / 8] ^ 1U << bit % 8);
    CHECK_FALSE(AreaLayout::of_header(ConstBytes(header), kArea, 4).is_possible());
    header[bit / 8] = static_cast<std::uint8_t>(header[bit / 8] ^ 1U << bit % 8);
  }
}

TEST_CASE("an entry is read as it was written, by this plan only, and never begins like erased flash") {
  const AreaLayout layout = layout_of(1000, 100);
  const AreaLayout other = layout_of(1000, 100, 4, 64, 8);
  unsigned taken_for_another = 0;
  for (std::uint32_t number = 0; number <= 0xFFFF; number += 13) {
    std::uint8_t entry[staging::kEntrySize] = {};
    layout.fill_entry(number, MutableBytes(entry));
    std::uint32_t read = 0;
    CHECK(layout.read_entry(ConstBytes(entry), read));
    CHECK(read == number);
    CHECK(entry[0] != 0x00);
    CHECK(entry[0] != 0xFF);
    if (other.read_entry(ConstBytes(entry), read)) ++taken_for_another;
  }
  CHECK(taken_for_another < 3);
  std::uint32_t read = 0;
  CHECK_FALSE(layout.read_entry(view(Bytes(4, 0xFF)), read));
  CHECK_FALSE(layout.read_entry(view(Bytes(4, 0)), read));
}

TEST_CASE("a mark is of one piece, in one place, with these bytes, under this plan") {
  const AreaLayout layout = layout_of(1000, 100);
  const auto mark = [](const AreaLayout& of, std::uint32_t piece, std::uint32_t place, std::uint32_t crc) {
    Bytes bytes(staging::kMarkSize);
    of.fill_mark(piece, place, crc, MutableBytes(bytes.data(), bytes.size()));
    return bytes;
  };
  const Bytes one = mark(layout, 3, 4, 0x12345678);
  CHECK(load_le32(one.data()) == 0x12345678);
  CHECK(one != mark(layout, 4, 4, 0x12345678));
  CHECK(one != mark(layout, 3, 3, 0x12345678));
  CHECK(one != mark(layout, 3, 4, 0x12345679));
  CHECK(one != mark(layout_of(1000, 100, 4, 64, 8), 3, 4, 0x12345678));
}
