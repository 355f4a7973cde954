// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/update/trailer.hpp"

#include <doctest/doctest.h>

#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

Entry entry_of(EntryNumber number, const Bytes& value) {
  Entry entry;
  entry.number = number;
  entry.value = view(value);
  return entry;
}
Bytes bytes_of(ConstBytes bytes) {
  return Bytes(bytes.begin(), bytes.end());
}

/// A self-test of 11 bytes: a checksum, and five bytes of input.
const Bytes kSelfTest = hex("00 78563412 00 0102030405");

}  // namespace

TEST_CASE("the self-test comes first, facts follow as they stand in a manifest") {
  Trailer<64> trailer{};
  CHECK(trailer.view().empty());
  REQUIRE(trailer.keep_self_test(view(kSelfTest), 20) == Status::ok);
  const Bytes arena = hex("00100000");
  const Bytes note = text("hello");
  REQUIRE(trailer.keep_fact(entry_of(EntryNumber::arena_bytes, arena)) == Status::ok);
  REQUIRE(trailer.keep_fact(entry_of(EntryNumber::note, note)) == Status::ok);
  CHECK(bytes_of(trailer.view()) == join({kSelfTest, hex("01 04 00100000"), hex("13 05"), note}));
  CHECK(trailer.self_test_size == kSelfTest.size());
  CHECK(trailer.facts_size == 13);
  CHECK(trailer.crc() == Crc32::of(trailer.view()));
}

TEST_CASE("a fact of 128 bytes and more has a length of two bytes, as EntryReader reads it") {
  for (const std::size_t size : {127U, 128U, 300U}) {
    Trailer<400> trailer{};
    const Bytes value = random_bytes(size, 1);
    REQUIRE(trailer.keep_fact(entry_of(EntryNumber::note, value)) == Status::ok);
    EntryReader reader(trailer.view());
    Entry entry;
    REQUIRE(reader.next(entry) == Status::ok);
    CHECK(entry.number == EntryNumber::note);
    CHECK(equal_bytes(entry.value, view(value)));
    CHECK(reader.next(entry) == Status::not_found);
  }
}

TEST_CASE("what does not fit is refused, and what was kept stays") {
  Trailer<20> trailer{};
  REQUIRE(trailer.keep_fact(entry_of(EntryNumber::arena_bytes, Bytes(4, 1))) == Status::ok);
  const Bytes before = bytes_of(trailer.view());
  CHECK(trailer.keep_fact(entry_of(EntryNumber::note, Bytes(13, 2))) == Status::needs_more_memory);
  CHECK(bytes_of(trailer.view()) == before);
  CHECK(trailer.keep_fact(entry_of(EntryNumber::note, Bytes(12, 2))) == Status::ok);
  CHECK(trailer.view().size() == 20);
  Trailer<0x8000> large{};
  CHECK(large.keep_fact(entry_of(EntryNumber::note, Bytes(0x4000, 1))) == Status::needs_more_memory);
  CHECK(large.keep_fact(entry_of(EntryNumber::note, Bytes(0x3FFF, 1))) == Status::ok);
}

TEST_CASE("a self-test is kept up to the build's bound, and must be well-formed") {
  Trailer<64> trailer{};
  CHECK(trailer.keep_self_test(view(kSelfTest), 10) == Status::needs_more_memory);
  CHECK(trailer.self_test_size == 0);
  CHECK(trailer.keep_self_test(ConstBytes(), 10) == Status::ok);
  CHECK(trailer.keep_self_test(view(hex("07")), 10) == Status::malformed_manifest);
  CHECK(trailer.keep_self_test(view(kSelfTest), 11) == Status::ok);
}

TEST_CASE("a configuration that keeps nothing has no trailer") {
  Trailer<0> nothing;
  CHECK(nothing.keep_self_test(view(kSelfTest), 0) == Status::ok);
  CHECK(nothing.keep_fact(entry_of(EntryNumber::note, Bytes(5, 1))) == Status::ok);
  CHECK(nothing.view().empty());
  CHECK(nothing.crc() == 0);
}
