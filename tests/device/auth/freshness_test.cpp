// SPDX-License-Identifier: Apache-2.0
#include "tmd/auth/freshness.hpp"

#include <doctest/doctest.h>

#include "support/hex.hpp"

using tmd::Downgrade;
using tmd::EntryNumber;
using tmd::Freshness;
using tmd::FreshnessClaims;
using tmd::FreshnessMemory;
using tmd::ModelVersion;
using tmd::Status;
using tmd::Uuid;
using tmd::test::Bytes;
using tmd::test::hex;
using tmd::test::view;

namespace {
FreshnessClaims claims_of(ModelVersion version, std::uint32_t counter) {
  FreshnessClaims claims;
  claims.version = version;
  claims.security_counter = counter;
  return claims;
}
const FreshnessMemory kSeen{ModelVersion{2, 3, 4}, 10};
}  // namespace

TEST_CASE("equal or higher is fresh, lower is a downgrade, in counter and version each") {
  const Freshness policy;
  CHECK(policy.check(claims_of({2, 3, 4}, 10), kSeen) == Status::ok);
  CHECK(policy.check(claims_of({2, 3, 5}, 11), kSeen) == Status::ok);
  CHECK(policy.check(claims_of({3, 0, 0}, 9), kSeen) == Status::downgrade);
  CHECK(policy.check(claims_of({2, 3, 3}, 10), kSeen) == Status::downgrade);
  CHECK(policy.check(claims_of({2, 2, 9}, 99), kSeen) == Status::downgrade);
  CHECK(policy.check(claims_of({1, 9, 9}, 99), kSeen) == Status::downgrade);
  CHECK(policy.check(claims_of({2, 4, 0}, 10), kSeen) == Status::ok);
}

TEST_CASE("a manifest that says nothing of its age counts as the oldest") {
  CHECK(Freshness().check(FreshnessClaims(), kSeen) == Status::downgrade);
  CHECK(Freshness().check(FreshnessClaims(), FreshnessMemory()) == Status::ok);
}

TEST_CASE("the counter is compared over its whole range") {
  CHECK(Freshness().check(claims_of({}, 0xFFFFFFFF), FreshnessMemory{{}, 0}) == Status::ok);
  CHECK(Freshness().check(claims_of({}, 0), FreshnessMemory{{}, 0xFFFFFFFF}) == Status::downgrade);
  CHECK(Freshness().check(claims_of({}, 0x7FFFFFFF), FreshnessMemory{{}, 0x80000000}) == Status::downgrade);
}

TEST_CASE("a firmware may allow older versions, and only on request lower counters") {
  CHECK(Freshness(Downgrade::allow_versions).check(claims_of({1, 0, 0}, 10), kSeen) == Status::ok);
  CHECK(Freshness(Downgrade::allow_versions).check(claims_of({9, 0, 0}, 9), kSeen) == Status::downgrade);
  CHECK(Freshness(Downgrade::allow_all).check(claims_of({1, 0, 0}, 0), kSeen) == Status::ok);
}

TEST_CASE("family and device class must be there and match where the firmware states them") {
  const Uuid family{{1, 2, 3}}, device_class{{4, 5, 6}};
  const Bytes family_bytes(family.bytes, family.bytes + 16),
      class_bytes(device_class.bytes, device_class.bytes + 16);
  const Freshness policy(family, device_class);
  FreshnessClaims claims;
  CHECK(policy.check(claims, FreshnessMemory()) == Status::missing_entry);
  claims.read({EntryNumber::family, false, view(family_bytes)});
  CHECK(policy.check(claims, FreshnessMemory()) == Status::missing_entry);
  claims.read({EntryNumber::device_class, false, view(class_bytes)});
  CHECK(policy.check(claims, FreshnessMemory()) == Status::ok);
  for (std::size_t i = 0; i < 16; ++i) {
    Bytes other_family = family_bytes, other_class = class_bytes;
    other_family[i] ^= 0x80;
    other_class[i] ^= 0x01;
    FreshnessClaims wrong = claims;
    wrong.read({EntryNumber::family, false, view(other_family)});
    CHECK(policy.check(wrong, FreshnessMemory()) == Status::wrong_family);
    wrong = claims;
    wrong.read({EntryNumber::device_class, false, view(other_class)});
    CHECK(policy.check(wrong, FreshnessMemory()) == Status::wrong_device);
  }
  CHECK(Freshness().check(claims, FreshnessMemory()) == Status::ok);
}

TEST_CASE("entries of a wrong length are malformed before anyone reads them, foreign ones are passed over") {
  FreshnessClaims claims;
  claims.read({EntryNumber::model_version, false, view(hex("0100 0200 0300"))});
  CHECK(claims.version == ModelVersion{1, 2, 3});
  claims.read({EntryNumber::security_counter, false, view(hex("78563412"))});
  CHECK(claims.security_counter == 0x12345678);
  claims.read({EntryNumber::note, false, view(hex("00"))});
  CHECK(claims.version == ModelVersion{1, 2, 3});
  CHECK(claims.security_counter == 0x12345678);
  for (const EntryNumber number : {EntryNumber::model_version, EntryNumber::security_counter,
                                   EntryNumber::family, EntryNumber::device_class}) {
    const std::size_t right = tmd::fixed_entry_size(number);
    for (std::size_t size = 0; size < 40; ++size) {
      Bytes entries = {static_cast<std::uint8_t>(number), static_cast<std::uint8_t>(size)};
      entries.resize(2 + size);
      tmd::Entry entry;
      CHECK(tmd::EntryReader(view(entries)).next(entry) ==
            (size == right ? Status::ok : Status::malformed_manifest));
    }
  }
}
