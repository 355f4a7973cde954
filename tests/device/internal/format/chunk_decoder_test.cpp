// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/format/chunk_decoder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <type_traits>

#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// Where a base comes from and a target goes; `most`: bytes that are put before there is no room for now.
struct Io {
  Bytes base;
  Bytes target;
  std::size_t most = 0xFFFF;
  Status answer = Status::ok;

  Status read_base(std::uint32_t offset, MutableBytes out) {
    REQUIRE(offset + out.size() <= base.size());
    copy_bytes(view(base).slice(offset, out.size()), out);
    return answer;
  }
  std::uint32_t room() const { return static_cast<std::uint32_t>(most - target.size()); }
  void put(std::uint8_t byte) {
    REQUIRE(room() > 0);
    target.push_back(byte);
  }
};

Bytes le(std::uint32_t value, unsigned bytes) {
  Bytes out;
  for (unsigned i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> 8 * i));
  return out;
}
Bytes chunk(std::uint32_t offset, std::uint8_t encoding, const Bytes& payload, bool with_crc = false) {
  const Bytes head = join({le(offset, 4),
                           le(static_cast<std::uint32_t>(payload.size()), 2),
                           {encoding, static_cast<std::uint8_t>(with_crc)}});
  return join({head, with_crc ? le(Crc32::of(view(payload)), 4) : Bytes(), payload});
}

/// Decodes in pieces of `piece` bytes, with room for so many bytes more each time.
Status decode(const Bytes& chunks, std::uint16_t count, std::uint32_t target_length, Io& io,
              std::size_t piece = 7, std::size_t room = 5) {
  format1::ChunkDecoder decoder;
  decoder.begin(count, static_cast<std::uint32_t>(io.base.size()), target_length);
  ConstBytes left = view(chunks);
  for (int turns = 0; turns < 10000; ++turns) {
    io.most = io.target.size() + room;
    const Status status = decoder.poll(io);
    if (status == Status::need_more) {
      const std::size_t taken = decoder.sink(left.first(piece));
      if (taken == 0) return Status::need_more;
      left = left.from(taken);
    } else if (status != Status::ok) {
      return status;
    }
  }
  return Status::would_block;
}

}  // namespace

TEST_CASE("raw chunks and runs go over the base, what none covers is the base's") {
  const Bytes base = random_bytes(200, 1);
  const Bytes patch = random_bytes(70, 2);
  const Bytes chunks = join({chunk(10, format1::kEncodingRaw, patch, true),
                             chunk(100, format1::kEncodingRunLength, hex("05 AA 00 BB"))});
  Bytes expected = base;
  std::copy(patch.begin(), patch.end(), expected.begin() + 10);
  std::fill(expected.begin() + 100, expected.begin() + 105, std::uint8_t{0xAA});
  expected.resize(105);
  expected.resize(105 + 256, 0xBB);
  for (const std::size_t piece : {1U, 3U, 32U, 500U}) {
    for (const std::size_t room : {1U, 33U, 1000U}) {
      Io io{base, {}};
      CHECK(decode(chunks, 2, 361, io, piece, room) == Status::ready_to_finish);
      CHECK(io.target == expected);
    }
  }
}

TEST_CASE("a patch without chunks is the base, a shorter one its beginning") {
  Io io{random_bytes(90, 3), {}};
  CHECK(decode({}, 0, 60, io) == Status::ready_to_finish);
  CHECK(equal_bytes(view(io.target), view(io.base).first(60)));
  Io longer{random_bytes(90, 3), {}};
  CHECK(decode({}, 0, 91, longer) == Status::body_malformed);
}

TEST_CASE("chunks that lead out of the target or backwards are refused") {
  const auto refuses = [](const Bytes& chunks, std::uint16_t count) {
    Io io{random_bytes(100, 4), {}};
    return decode(chunks, count, 100, io) == Status::body_malformed && io.target.size() <= 100;
  };
  CHECK(refuses(chunk(101, format1::kEncodingRaw, {}), 1));
  CHECK(refuses(chunk(95, format1::kEncodingRaw, Bytes(6, 1)), 1));
  CHECK(refuses(chunk(0xFFFFFFFF, format1::kEncodingRaw, Bytes(6, 1)), 1));
  CHECK(refuses(
      join({chunk(50, format1::kEncodingRaw, Bytes(6, 1)), chunk(55, format1::kEncodingRaw, Bytes(6, 1))}),
      2));
  CHECK(refuses(chunk(95, format1::kEncodingRunLength, hex("06 01")), 1));
  CHECK(refuses(chunk(0, format1::kEncodingRunLength, hex("06 01 02")), 1));  // half a run
  Bytes other_flag = chunk(0, format1::kEncodingRaw, Bytes(6, 1));
  other_flag[7] = 2;
  CHECK(refuses(join({other_flag, Bytes(4, 0)}), 1));
}

TEST_CASE("other encodings are named, a wrong CRC is found, a failed read is passed on") {
  Io io{random_bytes(100, 5), {}};
  CHECK(decode(chunk(0, format1::kEncodingRunLength + 1, Bytes(6, 1)), 1, 100, io) ==
        Status::unsupported_option);
  Bytes damaged = chunk(0, format1::kEncodingRaw, Bytes(20, 1), true);
  damaged.back() ^= 1;
  Io other{random_bytes(100, 5), {}};
  CHECK(decode(damaged, 1, 100, other) == Status::chunk_corrupt);
  other.target.clear();
  other.answer = Status::read_failed;
  CHECK(decode({}, 0, 100, other) == Status::read_failed);
}

TEST_CASE("bytes that do not come are asked for") {
  Io io{random_bytes(100, 6), {}};
  const Bytes chunks = chunk(0, format1::kEncodingRaw, Bytes(20, 1));
  CHECK(decode(Bytes(chunks.begin(), chunks.end() - 1), 1, 100, io) == Status::need_more);
  CHECK(io.target.size() == 19);
  CHECK(std::is_trivially_copyable<format1::ChunkDecoder>::value);
}
