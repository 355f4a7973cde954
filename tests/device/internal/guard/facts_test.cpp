// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/guard/facts.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "support/hex.hpp"
#include "support/unsigned_config.hpp"
#include "tmd/flash/ram_flash.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using Flash = RamFlash<4096, 1024, 1>;
using Plain = UnsignedConfig<Flash>;
struct KeepsNotes : Plain {
  static constexpr bool keeps_entry(EntryNumber number) { return number == EntryNumber::note; }
};
/// Says what it was asked, and refuses one number.
struct Asked {
  Bytes numbers;
  EntryNumber refuses{};
  bool relaxed = false;
  Status begin(ValidationMode mode) {
    relaxed = mode == ValidationMode::relaxed;
    return Status::ok;
  }
  Status entry(EntryNumber number, ConstBytes) {
    numbers.push_back(static_cast<std::uint8_t>(number));
    if (number == refuses) return Status::feature_missing;
    return number == EntryNumber::note ? Status::not_found : Status::ok;
  }
  Status end() { return Status::ok; }
};

struct Limited : Plain {
  using Limits = Asked;
  static constexpr std::uint32_t kFactsSize = 32;
};

constexpr std::uint32_t kAddress = 333;

/// A self-test and facts behind a model in flash.
struct Behind {
  std::unique_ptr<Flash> flash = std::make_unique<Flash>();
  FactsPlace place;
  Behind(const Bytes& self_test, const Bytes& facts) {
    const Bytes bytes = join({self_test, facts});
    place = {kAddress, static_cast<std::uint32_t>(self_test.size()), static_cast<std::uint32_t>(facts.size()),
             Crc32::of(view(bytes))};
    if (!bytes.empty()) REQUIRE(flash->program(kAddress, view(bytes)) == Status::ok);
  }
  Bytes fact(EntryNumber number) {
    const Region region = find_fact(*flash, place, number);
    Bytes value(region.size);
    REQUIRE(flash->read(region.address, MutableBytes(value.data(), value.size())) == Status::ok);
    return value;
  }
};

const Bytes kFacts = hex("01 04 00100000  02 02 0300  13 05 68656C6C6F");

}  // namespace

TEST_CASE("the mode is strict unless the entry asks for the relaxed one") {
  CHECK(validation_mode(ConstBytes()) == ValidationMode::strict);
  CHECK(validation_mode(view(hex("0E 01 00"))) == ValidationMode::strict);
  CHECK(validation_mode(view(hex("01 04 00000000 0E 01 01"))) == ValidationMode::relaxed);
  CHECK(validation_mode(view(hex("0E 01 02"))) == ValidationMode::strict);
  CHECK(validation_mode(view(hex("0E 00"))) == ValidationMode::strict);
}

TEST_CASE("facts cost bytes only where something reads them") {
  CHECK(facts_size<Plain>() == 0);
  CHECK(facts_size<KeepsNotes>() == Plain::kFactsSize);
  CHECK(facts_size<Limited>() == 32);
}

TEST_CASE("a fact is found behind the self-test, and only the one that is asked for") {
  Behind behind(random_bytes(45, 1), kFacts);
  CHECK(behind.fact(EntryNumber::arena_bytes) == hex("00100000"));
  CHECK(behind.fact(EntryNumber::note) == text("hello"));
  CHECK(behind.fact(EntryNumber::family).empty());
  Behind nothing({}, {});
  CHECK(nothing.fact(EntryNumber::note).empty());
  Behind long_note({}, join({hex("13 AC02"), Bytes(300, 7)}));
  CHECK(long_note.fact(EntryNumber::note) == Bytes(300, 7));
}

TEST_CASE("damaged facts are none, wherever the damage is, and without facts a model suits") {
  for (std::uint32_t at = 0; at < 45 + kFacts.size(); at += 5) {
    Behind behind(Bytes(45, 0xFF), kFacts);
    const_cast<std::uint8_t*>(behind.flash->data())[kAddress + at] ^= 4;
    CHECK(find_fact(*behind.flash, behind.place, EntryNumber::note).size == 0);
    Asked asked;
    asked.refuses = EntryNumber::abi;
    CHECK(facts_suit<Limited>(*behind.flash, behind.place, asked));
    CHECK(asked.numbers.empty());
    CHECK_FALSE(is_whole(*behind.flash, behind.place));
  }
  Behind cut_off({}, hex("13 09 68656C6C6F"));
  CHECK(cut_off.fact(EntryNumber::note).empty());
  Behind elsewhere({}, kFacts);
  elsewhere.place.address = 4090;
  CHECK(find_fact(*elsewhere.flash, elsewhere.place, EntryNumber::note).size == 0);
}

TEST_CASE("limits are asked about each fact, and may have no opinion on some") {
  Behind behind(random_bytes(100, 2), kFacts);
  Asked asked;
  CHECK(facts_suit<Limited>(*behind.flash, behind.place, asked));
  CHECK(asked.numbers == hex("01 02 13"));
  CHECK_FALSE(asked.relaxed);
  Behind relaxed({}, hex("0E 01 01"));
  CHECK(facts_suit<Limited>(*relaxed.flash, relaxed.place, asked));
  CHECK(asked.relaxed);
  asked.refuses = EntryNumber::abi;
  CHECK_FALSE(facts_suit<Limited>(*behind.flash, behind.place, asked));
}

TEST_CASE("more facts than there is room for are not looked at") {
  Asked asked;
  Behind just_fits({}, join({hex("13 1E"), Bytes(30, 1)}));
  CHECK(facts_suit<Limited>(*just_fits.flash, just_fits.place, asked));
  Behind too_many({}, join({hex("13 1F"), Bytes(31, 1)}));
  CHECK_FALSE(facts_suit<Limited>(*too_many.flash, too_many.place, asked));
}
