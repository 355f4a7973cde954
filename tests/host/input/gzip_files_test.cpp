// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "base/error.hpp"
#include "input/packed_files.hpp"
#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;
using namespace tmd::host::input;

namespace {

/// "hello" as `printf hello | gzip -9n` writes it (RFC 1952).
const Bytes kHello = hex("1f8b0800000000000203 cb48cdc9c90700 86a61036 05000000");

}  // namespace

TEST_CASE("a member gives its bytes, several give theirs one behind the other") {
  CHECK(is_gzip(view(kHello)));
  CHECK(read_gzip(view(kHello)) == text("hello"));
  CHECK(read_gzip(view(join({kHello, kHello}))) == text("hellohello"));
  CHECK(read_gzip(view(join({kHello, Bytes(300, 0)}))) == text("hello"));  // padding, as of a tape
}

TEST_CASE("other files are none") {
  CHECK_FALSE(is_gzip(ConstBytes()));
  CHECK_FALSE(is_gzip(view(kHello).first(2)));
  CHECK_FALSE(is_gzip(view(hex("1f8b07"))));
  CHECK_FALSE(is_gzip(view(text("PK\x03\x04"))));
}

TEST_CASE("a file that is cut off anywhere, damaged, or followed by something else is an error") {
  for (std::size_t size = 3; size < kHello.size(); ++size)
    CHECK_THROWS_AS((void)read_gzip(view(kHello).first(size)), host::Error);
  for (std::size_t at = kHello.size() - 8; at < kHello.size(); ++at) {  // CRC and length
    Bytes damaged = kHello;
    damaged[at] ^= 1;
    CHECK_THROWS_AS((void)read_gzip(view(damaged)), host::Error);
  }
  CHECK_THROWS_AS((void)read_gzip(view(join({kHello, text("more")}))), host::Error);
}
