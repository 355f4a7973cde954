// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/auth/byte_pieces.hpp"

#include <doctest/doctest.h>

#include "support/bytes.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("pieces come in the order in which they were added, none is copied") {
  const Bytes bytes = random_bytes(100, 1);
  BytePieces pieces;
  CHECK(pieces.size() == 0);
  CHECK(pieces.begin() == pieces.end());
  pieces.add(view(bytes).first(10));
  pieces.add(ConstBytes());
  pieces.add(view(bytes).from(10));
  CHECK(pieces.size() == 100);
  Bytes all;
  for (const ConstBytes& piece : pieces) all.insert(all.end(), piece.begin(), piece.end());
  CHECK(all == bytes);
  CHECK(pieces.begin()->data() == bytes.data());
}

TEST_CASE("there is room for four, and a fifth is not taken") {
  const Bytes bytes = random_bytes(5, 2);
  BytePieces pieces;
  for (std::size_t i = 0; i < 5; ++i) pieces.add(view(bytes).slice(i, 1));
  CHECK(pieces.end() - pieces.begin() == 4);
  CHECK(pieces.size() == 4);
  CHECK((pieces.end() - 1)->data() == bytes.data() + 3);
}
