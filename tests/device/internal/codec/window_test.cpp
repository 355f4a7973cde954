// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/codec/window.hpp"

#include <doctest/doctest.h>

#include "support/bytes.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

constexpr std::uint32_t kLimit = 50;

/// Base and target whose reads are counted.
struct WindowIo {
  Bytes base = random_bytes(kLimit, 1);
  Bytes target = random_bytes(kLimit, 2);
  unsigned reads = 0;
  Status answer = Status::ok;

  Status read_base(std::uint32_t offset, MutableBytes out) { return read(base, offset, out); }
  Status read_target(std::uint32_t offset, MutableBytes out) { return read(target, offset, out); }

 private:
  Status read(const Bytes& from, std::uint32_t offset, MutableBytes out) {
    ++reads;
    REQUIRE(fits(offset, static_cast<std::uint32_t>(out.size()), kLimit));
    copy_bytes(view(from).slice(offset, out.size()), out);
    return answer;
  }
};

bool holds(const codec::Window<8>& window, const Bytes& bytes, std::uint32_t offset, std::uint32_t length) {
  return equal_bytes(ConstBytes(window.at(offset), length), view(bytes).slice(offset, length));
}

}  // namespace

TEST_CASE("one read fetches a window, and what lies in it costs no other") {
  WindowIo io;
  codec::Window<8> window{};
  REQUIRE(window.cache(io, false, 4, 1, kLimit) == Status::ok);
  CHECK(holds(window, io.base, 4, 8));
  CHECK(window.cached(4) == 8);
  CHECK(window.cached(10) == 2);
  for (std::uint32_t at = 4; at < 12; ++at) CHECK(window.cache(io, false, at, 12 - at, kLimit) == Status::ok);
  CHECK(io.reads == 1);
  // What lies in it only in part, or before it, is read anew.
  REQUIRE(window.cache(io, false, 10, 3, kLimit) == Status::ok);
  CHECK(holds(window, io.base, 10, 3));
  REQUIRE(window.cache(io, false, 3, 2, kLimit) == Status::ok);
  CHECK(holds(window, io.base, 3, 2));
  CHECK(io.reads == 3);
}

TEST_CASE("base and target are not taken for each other") {
  WindowIo io;
  codec::Window<8> window{};
  REQUIRE(window.cache(io, false, 8, 4, kLimit) == Status::ok);
  REQUIRE(window.cache(io, true, 8, 4, kLimit) == Status::ok);
  CHECK(holds(window, io.target, 8, 4));
  CHECK(io.reads == 2);
}

TEST_CASE("nothing behind the limit is read") {
  WindowIo io;
  codec::Window<8> window{};
  REQUIRE(window.cache(io, true, 20, 2, 23) == Status::ok);
  CHECK(window.cached(20) == 3);
  REQUIRE(window.cache(io, false, kLimit - 1, 1, kLimit) == Status::ok);
  CHECK(window.cached(kLimit - 1) == 1);
  // More of the target was put meanwhile.
  REQUIRE(window.cache(io, true, 20, 2, 23) == Status::ok);
  REQUIRE(window.cache(io, true, 21, 4, 25) == Status::ok);
  CHECK(holds(window, io.target, 21, 4));
}

TEST_CASE("a read that failed leaves nothing to be believed") {
  WindowIo io;
  codec::Window<8> window{};
  io.answer = Status::read_failed;
  CHECK(window.cache(io, false, 4, 4, kLimit) == Status::read_failed);
  CHECK(window.cache(io, false, 4, 4, kLimit) == Status::read_failed);
  io.answer = Status::ok;
  CHECK(window.cache(io, false, 4, 4, kLimit) == Status::ok);
  CHECK(io.reads == 3);
  CHECK(holds(window, io.base, 4, 4));
}
