// SPDX-License-Identifier: Apache-2.0
#include "tmd/bytes.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

using namespace tmd;

TEST_CASE("a varint has one spelling and never exceeds 32 bits") {
  const auto read = [](std::initializer_list<std::uint8_t> bytes, bool& failed) {
    ByteReader reader{ConstBytes(bytes.begin(), bytes.size())};
    const std::uint32_t value = reader.varint();
    failed = reader.failed();
    return value;
  };
  bool failed = false;
  CHECK(read({0x00}, failed) == 0);
  CHECK_FALSE(failed);
  CHECK(read({0xFF, 0xFF, 0xFF, 0xFF, 0x0F}, failed) == 0xFFFFFFFFU);
  CHECK_FALSE(failed);
  CHECK(read({0x7F}, failed) == 127);
  CHECK_FALSE(failed);
  const std::initializer_list<std::uint8_t> too_large = {0xFF, 0xFF, 0xFF, 0xFF, 0x10};
  const std::initializer_list<std::uint8_t> too_long = {0x80, 0x80, 0x80, 0x80, 0x80, 0x00};
  const std::initializer_list<std::uint8_t> padded = {0x80, 0x00};
  const std::initializer_list<std::uint8_t> cut_off = {0x80};
  for (const auto& bad : {too_large, too_long, padded, cut_off, std::initializer_list<std::uint8_t>{}}) {
    (void)read(bad, failed);
    CHECK(failed);
  }
}

TEST_CASE("a reader that ran past the end stays failed and gives zeros") {
  const std::uint8_t bytes[] = {1, 2, 3};
  ByteReader reader{ConstBytes(bytes)};
  CHECK(reader.u16() == 0x0201);
  CHECK(reader.u16() == 0);
  CHECK(reader.failed());
  CHECK(reader.u8() == 0);
}

TEST_CASE("slices clamp to what is there") {
  const std::uint8_t bytes[] = {1, 2, 3};
  const ConstBytes view(bytes);
  CHECK(view.slice(1, 9).size() == 2);
  CHECK(view.slice(9, 9).empty());
  CHECK(view.from(3).empty());
}

TEST_CASE("a range that would wrap does not fit") {
  CHECK(fits(0, 10, 10));
  CHECK_FALSE(fits(1, 10, 10));
  CHECK_FALSE(fits(0xFFFFFFFFU, 2, 10));
  CHECK_FALSE(fits(2, 0xFFFFFFFFU, 10));
}

TEST_CASE("zigzag keeps small magnitudes small and comes back") {
  for (const std::int32_t value : {0, -1, 1, -2, 2, 2147483647, -2147483647 - 1}) {
    CHECK(static_cast<std::int32_t>(unzigzag_bits(zigzag(value))) == value);
  }
  CHECK(zigzag(-1) == 1);
  CHECK(zigzag(1) == 2);
}

TEST_CASE("bytes are copied from any address to any address, and none beside them are touched") {
  std::uint8_t from[24];
  for (unsigned i = 0; i < sizeof(from); ++i) from[i] = static_cast<std::uint8_t>(i + 1);
  for (std::size_t source = 0; source < 4; ++source) {
    for (std::size_t place = 0; place < 4; ++place) {
      for (std::size_t size = 0; size <= 17; ++size) {
        std::uint8_t to[24] = {};
        copy_bytes(from + source, to + place, size);
        for (std::size_t i = 0; i < sizeof(to); ++i) {
          const bool is_copied = i >= place && i < place + size;
          CHECK(to[i] == (is_copied ? from[source + i - place] : 0));
        }
      }
    }
  }
}

TEST_CASE("bytes are equal where all are, wherever they lie") {
  std::uint8_t a[24] = {};
  std::uint8_t b[24] = {};
  for (std::size_t size = 0; size <= 17; ++size) {
    CHECK(same_bytes(a + 1, b + 2, size));
    for (std::size_t i = 0; i <= size; ++i) {
      b[2 + i] = 1;
      CHECK(same_bytes(a + 1, b + 2, size) == (i == size));
      CHECK(equal_bytes(a + 1, b + 2, size) == (i == size));
      b[2 + i] = 0;
    }
  }
}
