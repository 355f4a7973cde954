// SPDX-License-Identifier: Apache-2.0
#include "patch/entry_text.hpp"

#include <doctest/doctest.h>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "tmd/limits.hpp"

using namespace tmd;
using host::Bytes;
using host::patch::describe;
using host::patch::name_of;
using host::patch::parse_meta;

TEST_CASE("texts are shown in any language, and bytes without a digit are no bytes") {
  const host::format::EntryToWrite entry = host::patch::parse_meta("note=Grüße 語");
  CHECK(describe(entry.number, host::view(entry.value)) == "Grüße 語");
  CHECK_THROWS_AS((void)host::patch::parse_meta("code-digest="), host::Error);
}

TEST_CASE("what parse_meta reads, name_of and describe give back") {
  struct Case {
    const char* key;
    const char* value;
    Bytes bytes;
  };
  const Case cases[] = {
      {"arena", "20480", {0x00, 0x50, 0x00, 0x00}},
      {"version", "1.20.300", {1, 0, 20, 0, 0x2C, 0x01}},
      {"note", "winter gloves", {'w', 'i', 'n', 't', 'e', 'r', ' ', 'g', 'l', 'o', 'v', 'e', 's'}},
      {"vendor-0x61", "c0ffee", {0xC0, 0xFF, 0xEE}},
      {"family",
       "00112233-4455-6677-8899-aabbccddeeff",
       {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.key);
    const host::format::EntryToWrite entry = parse_meta(std::string(c.key) + "=" + c.value);
    CHECK(entry.value == c.bytes);
    CHECK_FALSE(entry.critical);
    CHECK(name_of(entry.number) == c.key);
    CHECK(describe(entry.number, host::view(entry.value)) == c.value);
    CHECK(parse_meta(std::string(c.key) + "!=" + c.value).critical);
  }
}

TEST_CASE("a key or value that is none is refused") {
  for (const char* text :
       {"", "arena", "=1", "nosuchkey=1", "arena=many", "arena=4294967296", "version=1.2", "version=1.2.3.4",
        "family=123", "vendor-0x5f=00", "vendor-0x80=00", "vendor-0x61=0"}) {
    CAPTURE(text);
    CHECK_THROWS_AS((void)parse_meta(text), host::Error);
  }
}

TEST_CASE("a number without a name, and a value of the wrong length, are shown by their bytes") {
  CHECK(name_of(static_cast<EntryNumber>(0x3F)) == "entry-0x3f");
  CHECK(describe(EntryNumber::arena_bytes, host::view({1, 2, 3})) == "010203");
}

TEST_CASE("an entry takes the place of one with its number") {
  std::vector<host::format::EntryToWrite> entries = {{EntryNumber::note, false, {'a'}},
                                                     {EntryNumber::abi, false, {3, 0}}};
  host::patch::replace_entry(entries, {EntryNumber::note, true, {'b'}});
  host::patch::replace_entry(entries, {EntryNumber::alignment, false, {4}});
  REQUIRE(entries.size() == 3);
  for (const auto& entry : entries) {
    if (entry.number == EntryNumber::note) CHECK((entry.critical && entry.value == Bytes{'b'}));
  }
}

TEST_CASE("a value has exactly the bytes of its key, no fewer and no more") {
  for (const char* text : {"family=00112233", "device-class=", "lineage=0011", "alignment=24", "alignment=0",
                           "alignment=4294967296", "abi=65536", "validation=lax"}) {
    CAPTURE(text);
    CHECK_THROWS_AS((void)parse_meta(text), host::Error);
  }
  CHECK(parse_meta("abi=65535").value == Bytes{0xFF, 0xFF});
}

TEST_CASE("an alignment is written in bytes, and its logarithm is what devices read") {
  CHECK(parse_meta("alignment=1").value == Bytes{0});
  CHECK(parse_meta("alignment=16").value == Bytes{4});
  CHECK(parse_meta("alignment=2147483648").value == Bytes{31});
  CHECK(describe(EntryNumber::alignment, host::view({4})) == "16");
  CHECK(describe(EntryNumber::alignment, host::view({32})) ==
        "20");  // nothing that a firmware could state: as it is
}

TEST_CASE("a mode is the byte that devices read") {
  CHECK(parse_meta("validation=strict").value == Bytes{static_cast<std::uint8_t>(ValidationMode::strict)});
  CHECK(parse_meta("validation=relaxed").value == Bytes{static_cast<std::uint8_t>(ValidationMode::relaxed)});
  CHECK(describe(EntryNumber::validation, host::view({0})) == "strict");
  CHECK(describe(EntryNumber::validation, host::view({1})) == "relaxed");
  CHECK(describe(EntryNumber::validation, host::view({2})) == "02");
}

TEST_CASE("text out of a patch reaches nobody's terminal as it is") {
  const Bytes hostile = {'a', 0x1B, '[', '3', '1', 'm', '\n', 0x7F, 0xC3, '~', ' '};
  CHECK(describe(EntryNumber::note, host::view(hostile)) == "a?[31m???~ ");
  Bytes lineage(32, 0xAB);
  lineage.push_back(0x1B);
  CHECK(describe(EntryNumber::lineage, host::view(lineage)).ends_with("abab:?"));
}
