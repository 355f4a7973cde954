// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/auth/constant_time.hpp"

#include <doctest/doctest.h>

#include "support/hex.hpp"

using tmd::test::Bytes;
using tmd::test::join;
using tmd::test::view;

TEST_CASE("comparison in constant time finds a difference at every place") {
  const Bytes a(33, 0x5A);
  CHECK(tmd::equal_in_constant_time(view(a), view(a)));
  CHECK(tmd::equal_in_constant_time({}, {}));
  for (std::size_t bit = 0; bit < a.size() * 8; ++bit) {
    Bytes b = a;
    b[bit / 8] = static_cast<std::uint8_t>(b[bit / 8] ^ (1U << (bit % 8)));
    CHECK(!tmd::equal_in_constant_time(view(a), view(b)));
  }
  CHECK(!tmd::equal_in_constant_time(view(a), view(a).first(32)));
}

TEST_CASE("wiping leaves zeros") {
  Bytes secret(40, 0xFF);
  tmd::wipe(tmd::MutableBytes(secret.data(), 39));
  CHECK(secret == join({Bytes(39, 0), Bytes(1, 0xFF)}));
}
