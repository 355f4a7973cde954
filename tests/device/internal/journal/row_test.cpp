// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/journal/row.hpp"

#include <doctest/doctest.h>

#include "support/bytes.hpp"

using namespace tmd;
using namespace tmd::detail;

namespace {

Row row_at(std::uint32_t offset) {
  Row row;
  row.tag = Row::kHeader;
  row.kind = 0x81;
  row.length = 144;
  row.generation = 17;
  row.value = 16;
  row.check = row.check_at(offset);
  return row;
}
unsigned bits_apart(unsigned a, unsigned b) {
  return static_cast<unsigned>(__builtin_popcount((a ^ b) & 0xFFU));
}

}  // namespace

TEST_CASE("a row counts with its own tag, where it was written, and nowhere else") {
  Row row = row_at(512);
  CHECK(row.is(Row::kHeader, 512));
  CHECK_FALSE(row.is(Row::kSeal, 512));
  CHECK_FALSE(row.is(Row::kHeader, 528));
  CHECK_FALSE(row.is(Row::kHeader, 0));
}

TEST_CASE("every bit of it counts") {
  for (std::size_t bit = 0; bit < 8 * sizeof(Row); ++bit) {
    Row row = row_at(512);
    std::uint8_t& byte = memory_of(row)[bit / 8];
    byte = static_cast<std::uint8_t>(byte ^ 1U << bit % 8);
    CHECK_FALSE(row.is(Row::kHeader, 512));
  }
}

TEST_CASE("tags, and erased bytes of either kind, are at least four bits apart") {
  const unsigned tags[] = {Row::kHeader, Row::kPayload, Row::kSeal, 0xFF, 0x00};
  for (unsigned i = 0; i < 3; ++i) {
    for (unsigned j = i + 1; j < 5; ++j) CHECK(bits_apart(tags[i], tags[j]) >= 4);
  }
}

TEST_CASE("a record is a header, its payload with a tag in each row, and a seal") {
  const RowSize row{16};
  CHECK(row.record(0) == 3 * 16);  // one row of payload at least
  CHECK(row.record(1) == 3 * 16);
  CHECK(row.record(15) == 3 * 16);
  CHECK(row.record(16) == 4 * 16);
  CHECK(row.record(144) == 12 * 16);
  CHECK(RowSize{512}.record(144) == 3 * 512);
  CHECK(RowSize{512}.record(512) == 4 * 512);
}

TEST_CASE("a call covers two short rows or one long one, and a gap is more than a call") {
  CHECK(RowSize{16}.call() == 32);
  CHECK(RowSize{32}.call() == 32);
  CHECK(RowSize{64}.call() == 64);
  CHECK(RowSize{16}.gap() == 48);
  CHECK(RowSize{64}.gap() == 128);
  // Two copies, a mark, a gap.
  CHECK(RowSize{16}.state_room(144) == 2 * 192 + 16 + 48);
}
