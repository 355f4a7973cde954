// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <random>
#include <type_traits>
#include <vector>

#include "codec/encode_body.hpp"
#include "support/bytes.hpp"
#include "tmd/internal/codec/decoder.hpp"

namespace {

using tmd::ConstBytes;
using tmd::MutableBytes;
using tmd::Status;
using tmd::test::Bytes;
using tmd::test::random_bytes;
using tmd::test::view;

/// A device with a page buffer of a few bytes, whose flash is busy now and then.
struct VectorIo {
  const Bytes& base;
  Bytes target;
  std::uint32_t page = 0;
  std::uint32_t page_size = 16;
  std::uint32_t reads = 0;
  bool busy_at_times = false;

  Status read_base(std::uint32_t offset, MutableBytes out) { return read(base, offset, out); }
  Status read_target(std::uint32_t offset, MutableBytes out) { return read(target, offset, out); }
  Status read(const Bytes& from, std::uint32_t offset, MutableBytes out) {
    REQUIRE(
        tmd::fits(offset, static_cast<std::uint32_t>(out.size()), static_cast<std::uint32_t>(from.size())));
    if (busy_at_times && ++reads % 3 == 0) return Status::would_block;
    copy_bytes(view(from).slice(offset, out.size()), out);
    return Status::ok;
  }
  std::uint32_t room() const { return page_size - page; }
  void put(std::uint8_t byte) {
    REQUIRE(page < page_size);
    target.push_back(byte);
    ++page;
  }
};

template <class Config = tmd::codec::DefaultConfig>
Bytes decoded(const Bytes& base, const tmd::host::EncodedBody& body, std::size_t target_length,
              std::size_t piece, bool busy = false) {
  auto decoder = std::make_unique<tmd::codec::Decoder<Config>>();
  REQUIRE(decoder->begin(body.parameters, static_cast<std::uint32_t>(base.size()),
                         static_cast<std::uint32_t>(target_length)) == Status::ok);
  VectorIo io{base, {}};
  io.busy_at_times = busy;
  ConstBytes left = view(body.bytes);
  for (;;) {
    const std::size_t taken = decoder->sink(left.first(piece));
    left = left.from(taken);
    if (left.empty()) decoder->end_of_input();
    const Status status = decoder->poll(io);
    if (status == Status::ready_to_finish) return io.target;
    if (status == Status::ok) io.page = 0;
    const bool goes_on = status == Status::ok || status == Status::would_block || status == Status::need_more;
    REQUIRE(goes_on);
  }
}

void round_trip(const Bytes& base, const Bytes& target) {
  const tmd::host::EncodedBody body = tmd::host::encode_body(view(base), view(target));
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{4096}}) {
    CHECK(decoded(base, body, target.size(), piece) == target);
  }
  CHECK(decoded(base, body, target.size(), 3, true) == target);
  const tmd::host::DecodedBody again = tmd::host::decode_body(view(base), body.parameters, view(body.bytes),
                                                              static_cast<std::uint32_t>(target.size()));
  CHECK(again.status == Status::ready_to_finish);
  CHECK(again.target == target);
}

}  // namespace

TEST_CASE("any bytes come back, fed in pieces of any size, with a flash that is busy at times") {
  std::mt19937 random(1);
  for (const std::size_t size : {0U, 1U, 2U, 3U, 17U, 300U, 5000U}) {
    const Bytes base = random_bytes(random, size);
    round_trip(base, base);
    round_trip(base, random_bytes(random, size / 2 + 1));
    round_trip({}, base);
    round_trip(base, {});
  }
}

TEST_CASE("an unchanged file costs a few bytes") {
  std::mt19937 random(2);
  const Bytes base = random_bytes(random, 20000);
  CHECK(tmd::host::encode_body(view(base), view(base)).bytes.size() <= 5);
}

TEST_CASE("moved and edited blocks are found") {
  std::mt19937 random(3);
  const Bytes base = random_bytes(random, 30000);
  Bytes target(base.begin() + 20000, base.end());
  target.insert(target.end(), base.begin(), base.begin() + 20000);
  for (std::size_t i = 0; i < 20; ++i) target[random() % target.size()] ^= 0x55;
  target.insert(target.begin() + 12345, 3, 0xAA);
  round_trip(base, target);
  CHECK(tmd::host::encode_body(view(base), view(target)).bytes.size() < 250);
}

TEST_CASE("small movements of signed bytes cost less than the bytes themselves") {
  std::mt19937 random(4);
  const Bytes base = random_bytes(random, 8000);
  Bytes target = base;
  for (std::uint8_t& byte : target) byte = static_cast<std::uint8_t>(byte + random() % 3 - 1);
  round_trip(base, target);
  CHECK(tmd::host::encode_body(view(base), view(target)).bytes.size() < 4000);
}

TEST_CASE("the same input gives the same body") {
  std::mt19937 random(5);
  const Bytes base = random_bytes(random, 3000);
  Bytes target = base;
  for (std::size_t i = 0; i < 300; ++i) target[random() % target.size()] ^= 1;
  CHECK(tmd::host::encode_body(view(base), view(target)).bytes ==
        tmd::host::encode_body(view(base), view(target)).bytes);
}

TEST_CASE("a patch for a larger decoder is refused before anything is decoded") {
  tmd::codec::Decoder<tmd::codec::SmallConfig> decoder;
  CHECK(decoder.begin(255, 100, 100) == Status::needs_more_memory);
}

TEST_CASE("decoders fit the RAM they promise") {
  CHECK(sizeof(tmd::codec::Decoder<tmd::codec::DefaultConfig>) <= 4096);
  CHECK(sizeof(tmd::codec::Decoder<tmd::codec::SmallConfig>) <= 1536);
  CHECK(std::is_trivially_copyable<tmd::codec::Decoder<tmd::codec::DefaultConfig>>::value);
}
