// SPDX-License-Identifier: Apache-2.0
#include "interpreter/flat_table.hpp"

#include <doctest/doctest.h>

#include <vector>

using tmd::host::interpreter::FlatTable;

TEST_CASE("a field and a vector that lie past the end of the file are read as absent") {
  // The root at 12 with two fields: at 16 the offset of a vector at 20, and one that is said to be at 212.
  std::vector<std::uint8_t> memory = {12, 0, 0, 0, 8, 0, 12, 0, 4, 0, 200, 0, 8, 0,
                                      0,  0, 4, 0, 0, 0, 1,  0, 0, 0, 9,   0, 0, 0};
  const std::size_t size = memory.size();
  memory.resize(256);  // so that also a wrong reader stays inside
  const auto root = [&] { return FlatTable::root(tmd::ConstBytes(memory.data(), size)); };
  const auto list = [&] { return root().vector(0, 4); };
  REQUIRE(list().size() == 1);
  CHECK(list().uint32(0) == 9);
  CHECK(list().uint32(1) == 0);
  memory[20] = 2;  // one more than there are bytes for
  CHECK(list().size() == 0);
  memory[20] = 1;
  memory[23] = 0x40;  // four times so many bytes are as good as none
  CHECK(list().size() == 0);
  CHECK(root().uint32(1, 7) == 7);
  CHECK(root().uint32(2, 7) == 7);
}
