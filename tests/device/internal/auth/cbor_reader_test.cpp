// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/auth/cbor_reader.hpp"

#include <doctest/doctest.h>

#include <string_view>

#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// Reads one item with `read` and says whether that was all and nothing was wrong.
template <class Read>
bool takes(std::string_view digits, Read&& read) {
  const Bytes bytes = hex(digits);
  CborReader reader(view(bytes));
  read(reader);
  return reader.complete();
}
bool takes_integer(std::string_view digits, std::int32_t expected) {
  return takes(digits, [&](CborReader& reader) { CHECK(reader.integer() == expected); });
}
bool takes_integer(std::string_view digits) {
  return takes(digits, [](CborReader& reader) { (void)reader.integer(); });
}

}  // namespace

TEST_CASE("integers of RFC 8949, appendix A") {
  CHECK(takes_integer("00", 0));
  CHECK(takes_integer("17", 23));
  CHECK(takes_integer("18 18", 24));
  CHECK(takes_integer("18 64", 100));
  CHECK(takes_integer("19 03e8", 1000));
  CHECK(takes_integer("1a 000f4240", 1000000));
  CHECK(takes_integer("20", -1));
  CHECK(takes_integer("29", -10));
  CHECK(takes_integer("38 63", -100));
  CHECK(takes_integer("39 03e7", -1000));
  CHECK(takes_integer("1a 7fffffff", 0x7FFFFFFF));
  CHECK(takes_integer("3a 7fffffff", -0x7FFFFFFF - 1));
}

TEST_CASE("one value has one spelling: longer heads than needed are refused") {
  CHECK_FALSE(takes_integer("18 17"));
  CHECK_FALSE(takes_integer("19 00ff"));
  CHECK_FALSE(takes_integer("1a 0000ffff"));
  CHECK_FALSE(takes_integer("38 17"));
  CHECK(takes_integer("18 ff", 255));
  CHECK(takes_integer("19 0100", 256));
  CHECK(takes_integer("1a 00010000", 65536));
}

TEST_CASE("what does not fit 31 bits, 64-bit arguments, reserved and indefinite ones are refused") {
  CHECK_FALSE(takes_integer("1a 80000000"));
  CHECK_FALSE(takes_integer("1b 0000000100000000"));
  for (const char* head : {"1c", "1d", "1e", "1f"}) CHECK_FALSE(takes_integer(head));
  CHECK_FALSE(takes("5f 41 00 ff", [](CborReader& reader) { (void)reader.byte_string(); }));
  const auto read_unsigned = [](CborReader& reader) { CHECK(reader.unsigned_integer() == 0xFFFFFFFF); };
  CHECK(takes("1a ffffffff", read_unsigned));
  CHECK_FALSE(takes("20", [](CborReader& reader) { (void)reader.unsigned_integer(); }));
}

TEST_CASE("byte strings, arrays, maps, tags and null are asked for by type") {
  CHECK(takes("44 01020304", [](CborReader& reader) {
    const ConstBytes string = reader.byte_string();
    CHECK(Bytes(string.begin(), string.end()) == hex("01020304"));
  }));
  CHECK(takes("40", [](CborReader& reader) { CHECK(reader.byte_string().empty()); }));
  CHECK(takes("d2 84 a1 f6", [](CborReader& reader) {
    CHECK(reader.head(CborMajor::tag) == 18);
    CHECK(reader.head(CborMajor::array) == 4);
    CHECK(reader.head(CborMajor::map) == 1);
    reader.null();
  }));
  CHECK_FALSE(takes("64 61626364", [](CborReader& reader) { (void)reader.byte_string(); }));
  CHECK_FALSE(takes("a1", [](CborReader& reader) { (void)reader.head(CborMajor::array); }));
  CHECK_FALSE(takes("f7", [](CborReader& reader) { reader.null(); }));
}

TEST_CASE("a string that is cut off is none, and what stands behind the last item is seen") {
  const Bytes cut = hex("44 010203");
  CborReader reader(view(cut));
  CHECK(reader.byte_string().empty());
  CHECK(reader.failed());
  CHECK_FALSE(takes_integer("00 00"));
  CHECK_FALSE(takes_integer(""));
  CHECK_FALSE(takes_integer("19 03"));
}

TEST_CASE("after the first violation nothing is well any more") {
  const Bytes bytes = hex("84 01 02");
  CborReader reader(view(bytes));
  (void)reader.head(CborMajor::map);
  CHECK(reader.failed());
  CHECK(reader.byte_string().empty());
  (void)reader.integer();
  CHECK(reader.failed());
  CHECK_FALSE(reader.complete());
}

TEST_CASE("the bytes of what was read can be told, for what is signed") {
  const Bytes bytes = hex("82 42 0102 05 06");
  CborReader reader(view(bytes));
  (void)reader.head(CborMajor::array);
  const std::size_t start = reader.position();
  CHECK(start == 1);
  (void)reader.byte_string();
  const ConstBytes since = reader.since(start);
  CHECK(Bytes(since.begin(), since.end()) == hex("42 0102"));
}
