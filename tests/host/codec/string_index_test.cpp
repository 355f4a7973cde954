// SPDX-License-Identifier: Apache-2.0
#include "codec/string_index.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "support/bytes.hpp"
#include "support/hex.hpp"

using tmd::host::StringIndex;
using tmd::host::strings_recur;
using tmd::test::Bytes;
using tmd::test::join;
using tmd::test::random_bytes;
using tmd::test::view;

TEST_CASE("a string is found where it occurs, nearest places first, and not behind an end") {
  const Bytes string = random_bytes(8, 1);
  Bytes text;
  for (unsigned i = 0; i < 10; ++i) text = join({text, random_bytes(92, i + 2), string});
  const StringIndex index(view(text), 8);
  std::vector<std::uint32_t> found;
  index.nearest(string.data(), 500, 1, ~0U, found);
  std::sort(found.begin(), found.end());
  CHECK(found == std::vector<std::uint32_t>{492, 592});
  found.clear();
  index.nearest(string.data(), 500, 20, 300, found);
  CHECK(found.size() == 3);
  CHECK(index.occurs(string.data(), ~0U));
  CHECK_FALSE(index.occurs(string.data(), 92));
}

TEST_CASE("texts shorter than a string hold none") {
  const Bytes text = random_bytes(7, 1);
  const Bytes string = random_bytes(8, 1);
  CHECK_FALSE(StringIndex(view(text), 8).occurs(string.data(), ~0U));
  CHECK(strings_recur({}, {}));
}

TEST_CASE("whether strings recur is seen from a few of them") {
  const Bytes base = random_bytes(100000, 1);
  const Bytes other = random_bytes(100000, 2);
  CHECK(strings_recur(view(base), view(base)));
  CHECK_FALSE(strings_recur(view(base), view(other)));
  CHECK_FALSE(strings_recur({}, view(other)));
  // A fiftieth that is the base's, somewhere else; and what the target itself had before.
  CHECK(strings_recur(view(base), view(join({other, Bytes(base.begin() + 777, base.begin() + 2777)}))));
  CHECK(strings_recur({}, view(join({other, Bytes(other.begin() + 777, other.begin() + 2777)}))));
}

TEST_CASE("of large texts fewer strings tell the same") {
  const Bytes base = random_bytes(2000000, 3);
  const Bytes other = random_bytes(1000000, 4);
  CHECK_FALSE(strings_recur(view(base), view(other)));
  CHECK(strings_recur(view(base), view(join({other, Bytes(base.begin() + 777, base.begin() + 20777)}))));
}
