// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/transfer/message_writer.hpp"

#include <doctest/doctest.h>

#include "support/bytes.hpp"
#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;
using tmd::transfer::MessageWriter;

namespace {

/// Each kind of field once: 1 + 2 + 4 + 2 + 3 bytes.
constexpr std::size_t kWritten = 12;
void write_all(MessageWriter& writer) {
  writer.u8(0x12);
  writer.u16(0x3456);
  writer.u32(0x789ABCDE);
  writer.varint(300);
  const Bytes bytes = hex("F0 F1 F2");
  writer.bytes(view(bytes));
}

}  // namespace

TEST_CASE("fields are little-endian, one behind the other") {
  Bytes out(20, 0xEE);
  MessageWriter writer(MutableBytes(out.data(), out.size()));
  CHECK(writer.room() == 20);
  write_all(writer);
  CHECK(writer.size() == kWritten);
  CHECK(writer.room() == 20 - kWritten);
  CHECK(out == join({hex("12 5634 DEBC9A78 AC02 F0F1F2"), Bytes(20 - kWritten, 0xEE)}));
}

TEST_CASE("a varint is what ByteReader reads") {
  for (const std::uint32_t value :
       {0U, 1U, 0x7FU, 0x80U, 0x3FFFU, 0x4000U, 0x0FFFFFFFU, 0x10000000U, 0xFFFFFFFFU}) {
    std::uint8_t out[5] = {};
    MessageWriter writer{MutableBytes(out)};
    writer.varint(value);
    ByteReader reader(ConstBytes(out, writer.size()));
    CHECK(reader.varint() == value);
    CHECK_FALSE(reader.failed());
    CHECK(reader.remaining() == 0);
  }
}

TEST_CASE("a message that does not fit is none, and nothing is written behind the buffer") {
  for (std::size_t room = 0; room <= kWritten; ++room) {
    Bytes out(kWritten + 4, 0xEE);
    MessageWriter writer(MutableBytes(out.data(), room));
    write_all(writer);
    CHECK(writer.size() == (room < kWritten ? 0 : kWritten));
    CHECK(writer.room() == 0);
    for (std::size_t i = room; i < out.size(); ++i) CHECK(out[i] == 0xEE);
  }
}
