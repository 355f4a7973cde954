// SPDX-License-Identifier: Apache-2.0
// Against the writing side, tools/codec/range_encoder.hpp.
#include "tmd/internal/codec/range_decoder.hpp"

#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "codec/range_encoder.hpp"
#include "support/bytes.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// All of the bytes at once; zeros follow.
struct Source {
  Bytes bytes;
  std::size_t at = 0;
  std::uint8_t next() { return at < bytes.size() ? bytes[at++] : std::uint8_t{0}; }
};

codec::RangeDecoder<Source> decoder_of(const Bytes& bytes) {
  codec::RangeDecoder<Source> decoder{};
  decoder.source().bytes = bytes;
  decoder.start();
  return decoder;
}

struct CodedBits {
  std::uint32_t probability;  ///< 0: `number` is raw.
  unsigned bits;
  std::uint32_t number;
};

std::vector<CodedBits> random_symbols(unsigned seed, std::size_t count) {
  std::mt19937 generator(seed);
  const auto random = [&] { return static_cast<std::uint32_t>(generator()); };
  std::vector<CodedBits> symbols;
  for (std::size_t i = 0; i < count; ++i) {
    if (random() % 4 == 0) {
      const unsigned bits = random() % 33;
      symbols.push_back({0, bits, bits == 0 ? 0 : random() >> (32 - bits)});
    } else {
      // Bits that come as often as they are said to, and some that hardly ever come.
      const std::uint32_t probability = 32 + random() % (65536 - 64);
      symbols.push_back({probability, 1, random() % 65536 < probability ? 1U : 0U});
    }
  }
  return symbols;
}

}  // namespace

TEST_CASE("what the encoder wrote is read again, predicted bits and raw ones") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const std::vector<CodedBits> symbols = random_symbols(seed, 500);
    host::RangeEncoder encoder;
    for (const CodedBits& symbol : symbols) {
      if (symbol.probability == 0)
        (void)encoder.raw(symbol.bits, symbol.number);
      else
        (void)encoder.code_bit(symbol.probability, symbol.number);
    }
    auto decoder = decoder_of(encoder.finish());
    bool same = true;
    for (const CodedBits& symbol : symbols) {
      const std::uint32_t read =
          symbol.probability == 0 ? decoder.raw(symbol.bits, 0) : decoder.code_bit(symbol.probability, 0);
      same = same && read == symbol.number;
    }
    CHECK(same);
  }
}

TEST_CASE("any bytes decode to something, the extremes as well") {
  for (const Bytes& bytes : {Bytes{}, Bytes(200, 0xFF), Bytes(200, 0), random_bytes(200, 1)}) {
    auto decoder = decoder_of(bytes);
    std::uint32_t sum = 0;
    for (unsigned i = 0; i < 3000; ++i) sum += decoder.code_bit(i % 2 == 0 ? 32 : 65504, 0);
    CHECK(sum <= 3000);
    CHECK(decoder.raw(5, 0) < 32);
  }
}

TEST_CASE("the part of a one follows its probability, and neither part is ever empty") {
  CHECK(codec::part_of_one(0xFFFFFFFF, 32768) == (0xFFFFFFFFU >> 14) * 8192);
  for (const std::uint32_t range : {codec::kLeastRange, 0x12345678U, 0xFFFFFFFFU}) {
    for (const std::uint32_t probability : {22U, 32U, 40000U, 65514U}) {
      const std::uint32_t part = codec::part_of_one(range, probability);
      CHECK(part > 0);
      CHECK(part < range);
    }
  }
}

TEST_CASE("a queue takes what it has room for, gives it back in order, and zeros behind it") {
  codec::InputQueue<8> queue{};
  const Bytes bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  CHECK(queue.sink(view(bytes)) == 8);
  CHECK(queue.sink(view(bytes)) == 0);
  for (std::uint8_t i = 1; i <= 5; ++i) CHECK(queue.next() == i);
  CHECK(queue.size() == 3);
  CHECK(queue.sink(view(bytes).from(8)) == 2);
  CHECK(queue.size() == 5);
  for (std::uint8_t i = 6; i <= 10; ++i) CHECK(queue.next() == i);
  CHECK(queue.next() == 0);
  CHECK(queue.next() == 0);
  CHECK(queue.size() == 0);
}
