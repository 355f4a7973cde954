// SPDX-License-Identifier: Apache-2.0
#include "codec/alignment.hpp"

#include <doctest/doctest.h>

#include "support/bytes.hpp"
#include "support/hex.hpp"

using namespace tmd::host;
using tmd::test::Bytes;
using tmd::test::join;
using tmd::test::random_bytes;
using tmd::test::view;

namespace {

/// How many target bytes are aligned to their like, and that no part overlaps or leaves its file.
std::size_t aligned_bytes(const Bytes& base, const Bytes& target) {
  std::size_t like = 0;
  std::uint32_t end = 0;
  for (const Alignment& part : align_bytes(view(base), view(target))) {
    CHECK(part.length > 0);
    CHECK(part.target >= end);
    end = part.target + part.length;
    REQUIRE(end <= target.size());
    REQUIRE(part.base + part.length <= base.size());
    for (std::uint32_t i = 0; i < part.length; ++i) like += base[part.base + i] == target[part.target + i];
  }
  return like;
}

}  // namespace

TEST_CASE("the same file is aligned with itself, in one part") {
  const Bytes base = random_bytes(5000, 1);
  const auto parts = align_bytes(view(base), view(base));
  REQUIRE(parts.size() == 1);
  CHECK(parts[0].target == 0);
  CHECK(parts[0].base == 0);
  CHECK(parts[0].length == 5000);
}

TEST_CASE("parts that moved are found at their new place") {
  const Bytes a = random_bytes(2000, 2), b = random_bytes(3000, 3), fresh = random_bytes(500, 4);
  CHECK(aligned_bytes(join({a, b}), join({b, fresh, a})) >= 4950);
}

TEST_CASE("a change here and there does not end a part") {
  const Bytes base = random_bytes(4000, 5);
  Bytes target = base;
  for (std::size_t i = 50; i < target.size(); i += 100) target[i] ^= 0x55;
  CHECK(aligned_bytes(base, target) == 4000 - 40);
  CHECK(align_bytes(view(base), view(target)).size() == 1);
}

TEST_CASE("files that share nothing, and empty ones, are not aligned") {
  CHECK(aligned_bytes(random_bytes(3000, 6), random_bytes(3000, 7)) < 200);
  CHECK(align_bytes(view({}), view(random_bytes(100, 8))).empty());
  CHECK(align_bytes(view(random_bytes(100, 8)), view({})).empty());
}
