// SPDX-License-Identifier: Apache-2.0
// The attacker's suite, fourth part: release keys that a root has certified, against the whole updater. What is
// refused is refused before a byte of the base is read and before anything is erased or programmed.
#include <doctest/doctest.h>

#include "fleet.hpp"
#include "tmd/auth/delegated_authentication.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

constexpr std::uint8_t kReleaseNumber = 7, kNextNumber = 8;
const Bytes kFamilyBytes(kFamily.bytes, kFamily.bytes + Uuid::kSize);

/// One root that certifies, one key that revokes; the release keys are in no table.
struct Hierarchy {
  NamedKey root{CoseAlgorithm::es256, "root"}, offline{CoseAlgorithm::eddsa, "offline"},
      release{CoseAlgorithm::eddsa, "release"}, next{CoseAlgorithm::es256, "next"};
  TrustedKey table[2] = {root.trusted(0, false, true), offline.trusted(1, true)};
  Bytes certificate = root.certificate(release.released(kReleaseNumber, kFamilyBytes, 15, 25));
  Bytes next_certificate = root.certificate(next.released(kNextNumber, kFamilyBytes, 26, 35));
};
const Hierarchy& hierarchy() {
  static const Hierarchy keys;
  return keys;
}

struct DelegatedTrust : DelegatedAuthentication<FleetVerifier> {
  DelegatedTrust() : DelegatedAuthentication(hierarchy().table) { host::sign::start_crypto_library(); }
};
template <class FlashPolicy>
struct DelegatedConfig : FleetTrialConfig<FlashPolicy> {
  using Authentication = DelegatedTrust;
};
using DelegatedDevice = Device<DelegatedConfig>;

Update with_certificate(Update update, const Bytes& certificate) {
  update.parts.entries.push_back({EntryNumber::certificate, false, certificate});
  return update;
}
Bytes manifest_of(const Update& update) {
  host::format::PatchParts parts = update.parts;
  parts.authenticated = true;
  return host::format::write_manifest(parts);
}
Bytes signed_by(const NamedKey& key, const Update& update) {
  return patch_over(manifest_of(update), key, update.body);
}
Bytes honest() {
  return signed_by(hierarchy().release, with_certificate(story().up, hierarchy().certificate));
}

/// The story's second step, which has counter 30.
Bytes onward_by(const NamedKey& key, const Bytes& certificate) {
  return signed_by(key, with_certificate(story().onward, certificate));
}

}  // namespace

TEST_CASE("a patch by a certified key applies, and so does one by the root itself") {
  DelegatedDevice device(story().v1);
  CHECK(device.update(honest()) == Status::ok);
  CHECK(device.active_bytes() == story().v2);
  DelegatedDevice another(story().v1);
  CHECK(another.update(signed_by(hierarchy().root, story().up)) == Status::ok);
  CHECK(another.active_bytes() == story().v2);
}

TEST_CASE("every flipped bit of the certificate in a signed manifest is refused, with a check that fits") {
  const Update update = with_certificate(story().up, hierarchy().certificate);
  const Bytes manifest = manifest_of(update);
  const Bytes block = hierarchy().release.block_over(manifest);
  const auto found = std::search(manifest.begin(), manifest.end(), hierarchy().certificate.begin(),
                                 hierarchy().certificate.end());
  REQUIRE(found != manifest.end());
  const std::size_t start = static_cast<std::size_t>(found - manifest.begin()) - 3;  // tag and length as well
  DelegatedDevice device(story().v1);
  for (std::size_t bit = start * 8; bit < (start + 3 + hierarchy().certificate.size()) * 8; ++bit) {
    CAPTURE(bit);
    Bytes forged = manifest;
    forged[bit / 8] = static_cast<std::uint8_t>(forged[bit / 8] ^ (1U << (bit % 8)));
    CHECK(is_error(
        refused_untouched(device, host::format::join_patch(with_fresh_check(forged), block, update.body))));
  }
}

TEST_CASE("a certificate with any one byte changed is refused though the release key has signed it so") {
  DelegatedDevice device(story().v1);
  for (std::size_t at = 0; at < hierarchy().certificate.size(); ++at) {
    CAPTURE(at);
    Bytes certificate = hierarchy().certificate;
    certificate[at] = static_cast<std::uint8_t>(~certificate[at]);
    const Bytes patch = signed_by(hierarchy().release, with_certificate(story().up, certificate));
    CHECK(is_error(refused_untouched(device, patch)));
  }
}

TEST_CASE("what a certificate does not allow is refused untouched") {
  DelegatedDevice device(story().v1);
  const auto status_of = [&](const NamedKey& key, const Bytes& certificate) {
    return refused_untouched(device, signed_by(key, with_certificate(story().up, certificate)));
  };
  const Hierarchy& keys = hierarchy();
  CHECK(status_of(keys.next, keys.next_certificate) == Status::outside_certificate);
  CHECK(status_of(keys.next, keys.certificate) == Status::unknown_key);
  CHECK(status_of(keys.release, keys.next_certificate) == Status::unknown_key);
  CHECK(status_of(keys.release, keys.root.certificate(keys.release.released(
                                    kReleaseNumber, Bytes(16, 1), 15, 25))) == Status::outside_certificate);
  CHECK(status_of(keys.release, keys.offline.certificate(keys.release.released(
                                    kReleaseNumber, kFamilyBytes, 15, 25))) == Status::unknown_key);
  CHECK(status_of(keys.next, keys.release.certificate(keys.next.released(kNextNumber, kFamilyBytes, 15,
                                                                         25))) == Status::unknown_key);
  CHECK(refused_untouched(device, signed_by(keys.release, story().up)) == Status::unknown_key);
  CHECK(device.update(honest()) == Status::ok);
}

TEST_CASE("plain authentication does not look at certificates") {
  Device<FleetConfig> device(story().v1);
  CHECK(refused_untouched(device, honest()) == Status::unknown_key);
}

TEST_CASE("a certificate ends with the first counter above its last that the device has committed") {
  DelegatedDevice device(story().v1);
  REQUIRE(device.update(honest()) == Status::ok);  // 20, of 15 to 25
  REQUIRE(device.store().confirm() == Status::ok);
  REQUIRE(device.update(onward_by(hierarchy().next, hierarchy().next_certificate)) == Status::ok);  // 30
  REQUIRE(device.store().revert() == Status::ok);
  REQUIRE(device.restart() == Status::ok);
  REQUIRE(device.active_bytes() == story().v2);
  // v2 is active again, but the counter stands at 30: also a device that takes older versions refuses.
  Update again = story().onward;
  again.parts.entries = fleet_entries(3, 25);
  CHECK(refused_untouched(device,
                          signed_by(hierarchy().release, with_certificate(again, hierarchy().certificate))) ==
        Status::outside_certificate);
}

TEST_CASE("a release key is revoked by its number, over restarts and a revert, and its successor goes on") {
  DelegatedDevice device(story().v1);
  Update revocation = story().up;
  revocation.parts.entries.push_back({EntryNumber::revoked_keys, true, listed_number(kReleaseNumber)});
  CHECK(refused_untouched(
            device, signed_by(hierarchy().release, with_certificate(revocation, hierarchy().certificate))) ==
        Status::unknown_key);
  CHECK(refused_untouched(device, signed_by(hierarchy().root, revocation)) == Status::unknown_key);
  REQUIRE(device.update(signed_by(hierarchy().offline, revocation)) == Status::ok);
  REQUIRE(device.store().revert() == Status::ok);
  REQUIRE(device.restart() == Status::ok);
  CHECK(device.active_bytes() == story().v1);
  CHECK(refused_untouched(device, honest()) == Status::revoked_key);
  const Update onward(story().v1, story().v3, fleet_entries(3, 30));
  CHECK(device.update(signed_by(hierarchy().next, with_certificate(onward, hierarchy().next_certificate))) ==
        Status::ok);
}

TEST_CASE("with the root revoked nothing that it certified is taken") {
  DelegatedDevice device(story().v1);
  Update revocation = story().up;
  revocation.parts.entries.push_back({EntryNumber::revoked_keys, true, listed_thumbprint(hierarchy().root)});
  REQUIRE(device.update(signed_by(hierarchy().offline, revocation)) == Status::ok);
  REQUIRE(device.store().confirm() == Status::ok);
  REQUIRE(device.restart() == Status::ok);
  CHECK(refused_untouched(device, onward_by(hierarchy().next, hierarchy().next_certificate)) ==
        Status::revoked_key);
  CHECK(refused_untouched(device, signed_by(hierarchy().root, story().onward)) == Status::revoked_key);
  CHECK(device.update(signed_by(hierarchy().offline, story().onward)) == Status::ok);
}
