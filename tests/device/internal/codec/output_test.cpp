// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/codec/output.hpp"

#include <doctest/doctest.h>

#include "support/bytes.hpp"

using namespace tmd::codec;
using tmd::test::Bytes;

namespace {

struct Io {
  Bytes target;
  std::uint32_t free = 0;
  std::uint32_t room() const { return free; }
  void put(std::uint8_t byte) {
    REQUIRE(free > 0);
    --free;
    target.push_back(byte);
  }
};

}  // namespace

TEST_CASE("a word is put from its lowest byte on, as far as there is room") {
  Io io;
  Output output{};
  io.free = 6;
  output.put_word(io, 0x44332211, 4);
  CHECK_FALSE(output.waits());
  output.put_word(io, 0x88776655, 4);
  CHECK(output.waits());
  CHECK(output.produced() == 6);
  output.put_waiting(io);
  CHECK(output.waits());
  io.free = 1;
  output.put_waiting(io);
  CHECK(output.waits());
  io.free = 5;
  output.put_waiting(io);
  CHECK_FALSE(output.waits());
  CHECK(output.produced() == 8);
  CHECK(io.target == Bytes{0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88});
  CHECK(io.free == 4);
}

TEST_CASE("a byte is a word of one, and a byte that is put counts") {
  Io io;
  Output output{};
  io.free = 2;
  output.put_word(io, 0xFFFFFF12, 1);
  output.put(io, 0x34);
  CHECK(io.target == Bytes{0x12, 0x34});
  CHECK(output.produced() == 2);
}
