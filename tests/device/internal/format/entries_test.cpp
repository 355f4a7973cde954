// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/format/entries.hpp"

#include <doctest/doctest.h>

#include <string_view>
#include <vector>

#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// How the walk through these entries ends, and the tags on the way.
Status walk(const Bytes& entries, std::vector<unsigned>* numbers = nullptr) {
  EntryReader reader(view(entries));
  Entry entry;
  Status status = Status::ok;
  while ((status = reader.next(entry)) == Status::ok) {
    if (numbers != nullptr)
      numbers->push_back(static_cast<unsigned>(entry.number) + (entry.critical ? kCriticalBit : 0));
  }
  return status;
}
Status walk(std::string_view digits) {
  return walk(hex(digits));
}

}  // namespace

TEST_CASE("entries are walked in their order, to the end") {
  std::vector<unsigned> numbers;
  CHECK(walk(hex("01 04 00100000  83 02 0901  13 00  E0 03 616263"), &numbers) == Status::not_found);
  CHECK(numbers == std::vector<unsigned>{0x01, 0x83, 0x13, 0xE0});
  CHECK(walk("") == Status::not_found);
}

TEST_CASE("a value is what its length says, long ones included") {
  const Bytes value = random_bytes(300, 1);
  const Bytes entries = join({hex("13 AC02"), value});
  EntryReader reader(view(entries));
  Entry entry;
  REQUIRE(reader.next(entry) == Status::ok);
  CHECK(entry.number == EntryNumber::note);
  CHECK_FALSE(entry.critical);
  CHECK(equal_bytes(entry.value, view(value)));
}

TEST_CASE("numbers rise strictly, whatever the critical bit, and zero is none") {
  CHECK(walk("13 00 13 00") == Status::malformed_manifest);
  CHECK(walk("13 00 93 00") == Status::malformed_manifest);
  CHECK(walk("13 00 0B 00") == Status::malformed_manifest);
  CHECK(walk("93 00 0B 00") == Status::malformed_manifest);
  CHECK(walk("00 00") == Status::malformed_manifest);
  CHECK(walk("80 00") == Status::malformed_manifest);
  CHECK(walk("8B 00 13 00") == Status::not_found);
}

TEST_CASE("a value has the length that its number prescribes") {
  const struct {
    EntryNumber number;
    std::size_t size;
  } fixed[] = {{EntryNumber::arena_bytes, 4},      {EntryNumber::abi, 2},
               {EntryNumber::alignment, 1},        {EntryNumber::model_version, 6},
               {EntryNumber::security_counter, 4}, {EntryNumber::family, 16},
               {EntryNumber::device_class, 16},    {EntryNumber::features, 4},
               {EntryNumber::validation, 1},       {EntryNumber::accelerator, 8}};
  for (const auto& each : fixed) {
    for (std::size_t length = 0; length < 20; ++length) {
      const Bytes entry = join(
          {{static_cast<std::uint8_t>(each.number), static_cast<std::uint8_t>(length)}, Bytes(length, 1)});
      CHECK(walk(entry) == (length == each.size ? Status::not_found : Status::malformed_manifest));
    }
  }
  CHECK(fixed_entry_size(EntryNumber::operator_set) == 0);
  CHECK(fixed_entry_size(EntryNumber::first_vendor) == 0);
}

TEST_CASE("an entry that is cut off anywhere is malformed") {
  CHECK(walk("13") == Status::malformed_manifest);
  CHECK(walk("13 05 01020304") == Status::malformed_manifest);
  CHECK(walk("13 85") == Status::malformed_manifest);
  CHECK(walk("13 80 00") == Status::malformed_manifest);  // a length with two spellings
  CHECK(walk("13 FFFFFFFF0F 00") == Status::malformed_manifest);
}

TEST_CASE("numbers without a meaning here are not known; a self-test's is for each build to say") {
  CHECK_FALSE(is_known_entry(EntryNumber{}));
  CHECK(is_known_entry(EntryNumber::arena_bytes));
  CHECK(is_known_entry(EntryNumber::way_back));
  CHECK_FALSE(is_known_entry(EntryNumber::self_test));
  CHECK_FALSE(is_known_entry(static_cast<EntryNumber>(0x1A)));
  CHECK_FALSE(is_known_entry(EntryNumber::format1_operator_hash));
  CHECK_FALSE(is_known_entry(EntryNumber::first_vendor));
}
