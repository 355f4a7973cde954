// SPDX-License-Identifier: Apache-2.0
// A drill, as a product's owner would hold it before the day it is needed: two keys without identifiers, one of them
// is lost, a new firmware with a new table comes over the same flash, and the lost key is revoked.
#include <doctest/doctest.h>

#include <memory>

#include "fleet.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

struct DrillKeys {
  NamedKey daily{CoseAlgorithm::es256, ""}, offline{CoseAlgorithm::es256, ""},
      successor{CoseAlgorithm::es256, ""};
  TrustedKey first_table[2] = {daily.trusted(0), offline.trusted(1, true)};
  TrustedKey second_table[3] = {successor.trusted(2), offline.trusted(1, true), daily.trusted(0)};
  TrustedKey third_table[2] = {successor.trusted(2), offline.trusted(1, true)};
};
const DrillKeys& drill() {
  static const DrillKeys keys;
  return keys;
}

struct FirstTrust : CoseAuthentication<FleetVerifier> {
  FirstTrust() : CoseAuthentication(drill().first_table) { host::sign::start_crypto_library(); }
};
struct SecondTrust : CoseAuthentication<FleetVerifier> {
  SecondTrust() : CoseAuthentication(drill().second_table) {}
};
struct ThirdTrust : CoseAuthentication<FleetVerifier> {
  ThirdTrust() : CoseAuthentication(drill().third_table) {}
};

constexpr std::uint32_t kSlot = 4096, kJournal = 32768;
using Flash = RamFlash<2 * kSlot + kJournal, 1024, 4>;

template <class Trust>
struct Config : UnsignedConfig<Flash> {
  using Authentication = Trust;
  static constexpr std::uint8_t kTrialBoots = 0;
};

/// One firmware on the device, from its start to the next.
template <class Trust>
class Firmware {
 public:
  explicit Firmware(Flash& flash)
      : flash_(flash),
        store_(flash, Layout{{0, kSlot}, {kSlot, kSlot}, {2 * kSlot, kJournal}}),
        updater_(store_) {
    FactoryModel factory;
    factory.length = static_cast<std::uint32_t>(story().v1.size());
    factory.digest = digest_of(DigestKind::sha256, view(story().v1));
    Status status = Status::would_block;
    while (status == Status::would_block) status = store_.boot(factory);
    REQUIRE(status == Status::ok);
  }

  Status update(const Bytes& patch) {
    Status status = updater_.begin();
    for (std::size_t at = 0; status == Status::ok || (tmd::is_open(status) && at < patch.size());) {
      const FeedResult fed = updater_.feed(view(patch).from(at));
      at += fed.consumed;
      status = fed.status;
    }
    return is_error(status) ? status : updater_.finish();
  }
  Bytes active() {
    const ActiveModel model = store_.active();
    Bytes bytes(model.region.size);
    REQUIRE(flash_.read(model.region.address, MutableBytes(bytes.data(), bytes.size())) == Status::ok);
    return bytes;
  }
  std::uint32_t revoked_keys() const { return store_.snapshot().revoked_keys; }

 private:
  Flash& flash_;
  ModelStore<Config<Trust>> store_;
  Updater<Config<Trust>> updater_;
};

/// From the story, with the daily key revoked by its thumbprint: it has no other name.
Update revoking_daily(const Bytes& from, const Bytes& to, std::uint16_t version, std::uint32_t counter) {
  auto entries = fleet_entries(version, counter);
  entries.push_back({EntryNumber::revoked_keys, true, listed_thumbprint(drill().daily)});
  return Update(from, to, std::move(entries));
}

}  // namespace

TEST_CASE("two keys, a lost one, a firmware with a new table, a revocation") {
  const auto flash = std::make_unique<Flash>();
  REQUIRE(flash->program(0, view(story().v1)) == Status::ok);
  const Bytes by_thief =
      drill().daily.sign(Update(story().v2, story().v1, fleet_entries(9, 99)).unsigned_patch());
  const Bytes also_by_thief =
      drill().daily.sign(Update(story().v3, story().v1, fleet_entries(9, 99)).unsigned_patch());
  {  // Each of the two keys signs, though neither has a name.
    Firmware<FirstTrust> first(*flash);
    REQUIRE(first.update(drill().daily.sign(story().up.unsigned_patch())) == Status::ok);
    CHECK(first.active() == story().v2);
    CHECK(first.update(drill().successor.sign(story().onward.unsigned_patch())) == Status::bad_signature);
  }
  {  // The daily key is lost. New firmware, with its successor in the table, takes over the same flash.
    Firmware<SecondTrust> second(*flash);
    CHECK(second.active() == story().v2);
    const Update revocation = revoking_daily(story().v2, story().v3, 3, 30);
    // Only the key in the safe may revoke; the lost one cannot revoke its successor first.
    CHECK(second.update(drill().successor.sign(revocation.unsigned_patch())) == Status::unknown_key);
    auto entries = fleet_entries(3, 30);
    entries.push_back({EntryNumber::revoked_keys, true, listed_thumbprint(drill().successor)});
    CHECK(second.update(drill().daily.sign(Update(story().v2, story().v3, entries).unsigned_patch())) ==
          Status::unknown_key);
    CHECK(second.revoked_keys() == 0);
    REQUIRE(second.update(drill().offline.sign(revocation.unsigned_patch())) == Status::ok);
    CHECK(second.revoked_keys() == 1);
    CHECK(second.update(also_by_thief) == Status::bad_signature);  // no other key's either
  }
  {  // The old firmware comes back, as after a failed trial of the new one: the lost key stays out.
    Firmware<FirstTrust> first(*flash);
    CHECK(first.revoked_keys() == 1);
    CHECK(first.update(also_by_thief) == Status::bad_signature);
    CHECK(first.update(by_thief) == Status::bad_signature);
    CHECK(first.active() == story().v3);
  }
  {  // A firmware without the lost key in its table; its number stays revoked and unused.
    Firmware<ThirdTrust> third(*flash);
    CHECK(third.update(also_by_thief) == Status::bad_signature);
    const Update last(story().v3, story().v1, fleet_entries(4, 40));
    CHECK(third.update(drill().successor.sign(last.unsigned_patch())) == Status::ok);
    CHECK(third.active() == story().v1);
    CHECK(third.revoked_keys() == 1);
  }
}
