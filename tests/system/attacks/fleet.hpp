// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include "sign/crypto_library.hpp"
#include "sign/sodium_ed25519.hpp"
#include "support/device.hpp"
#include "support/made_manifest.hpp"
#include "support/signed_patches.hpp"
#include "tmd/auth/psa/psa_aes_ctr.hpp"
#include "tmd/auth/psa/psa_es256.hpp"
#include "tmd/auth/psa/psa_mac.hpp"

namespace tmd::test {

constexpr Uuid kFamily{{0xFA, 1, 2, 3}};
constexpr Uuid kDeviceClass{{0xDE, 4, 5, 6}};

/// The keys of a fleet of devices. `stranger` is trusted nowhere, though it goes by the name of `release`.
struct FleetKeys {
  NamedKey release{CoseAlgorithm::es256, "release"};
  NamedKey daily{CoseAlgorithm::eddsa, "daily"};
  NamedKey shared{CoseAlgorithm::hmac_sha256, "shared"};
  NamedKey small{CoseAlgorithm::aes_cmac, "small"};
  NamedKey offline{CoseAlgorithm::eddsa, "offline"};
  NamedKey stranger{CoseAlgorithm::es256, "release"};
  TrustedKey trusted[5] = {release.trusted(0), daily.trusted(1), shared.trusted(2), small.trusted(3),
                           offline.trusted(4, true)};
  host::sign::SecretBytes body_secret{random_bytes(16, 77)};
  Bytes body_identifier = text("b");
  CipherKey cipher_keys[1] = {{view(body_identifier), body_secret.view()}};
};
inline const FleetKeys& fleet() {
  static const FleetKeys keys;
  return keys;
}

using FleetVerifier = Verifiers<PsaEs256, host::sign::SodiumEd25519<1024>, PsaHmacSha256, PsaAesCmac>;
struct FleetAuthentication : CoseAuthentication<FleetVerifier> {
  FleetAuthentication() : CoseAuthentication(fleet().trusted) { host::sign::start_crypto_library(); }
};
struct FleetFreshness : Freshness {
  FleetFreshness() : Freshness(kFamily, kDeviceClass) {}
};
struct FleetCipher : PsaAesCtr {
  FleetCipher() : PsaAesCtr(fleet().cipher_keys) {}
};

/// Signed patches only, of this family and class, never an older one; a new model is confirmed by its commit.
template <class FlashPolicy>
struct FleetConfig : UnsignedConfig<FlashPolicy> {
  static constexpr bool kFormat1 = true;
  using Authentication = FleetAuthentication;
  using Freshness = FleetFreshness;
  using Cipher = FleetCipher;
  static constexpr std::uint8_t kTrialBoots = 0;
};
template <class FlashPolicy>
struct FleetTrialConfig : FleetConfig<FlashPolicy> {
  static constexpr std::uint8_t kTrialBoots = 2;
};

/// Takes any number of bodies under one manifest: for tests that try many.
template <class FlashPolicy>
struct PatientConfig : FleetConfig<FlashPolicy> {
  static constexpr std::uint8_t kMostAttempts = 0;
};

/// What every patch for this fleet says.
inline std::vector<host::format::EntryToWrite> fleet_entries(std::uint16_t version, std::uint32_t counter) {
  return {{EntryNumber::model_version, false, version_value(version, 0, 0)},
          {EntryNumber::security_counter, false, counter_value(counter)},
          {EntryNumber::family, false, Bytes(kFamily.bytes, kFamily.bytes + Uuid::kSize)},
          {EntryNumber::device_class, false, Bytes(kDeviceClass.bytes, kDeviceClass.bytes + Uuid::kSize)}};
}

/// Three models and the honest patches between them.
struct Story {
  Bytes v1 = random_bytes(1500, 1);
  Bytes v2 = retrained(v1, 2);
  Bytes v3 = retrained(v2, 3);
  Update up{v1, v2, fleet_entries(2, 20)};
  Update onward{v2, v3, fleet_entries(3, 30)};
  Update back{v2, v1, fleet_entries(1, 10)};  ///< Signed long ago, when v1 was the best there was.
};
inline const Story& story() {
  static const Story told;
  return told;
}

/// A patch whose manifest is any bytes, signed all the same.
inline Bytes patch_over(const Bytes& manifest, const NamedKey& key, const Bytes& body) {
  return host::format::join_patch(manifest, key.block_over(manifest), body);
}

/// The manifest with the check that fits its bytes: an attacker computes it as easily as we do.
inline Bytes with_fresh_check(Bytes manifest) {
  const std::uint16_t check = format2::check_of(view(manifest).first(manifest.size() - 2));
  store_le16(manifest.data() + manifest.size() - 2, check);
  return manifest;
}

/// Everything outside the journal, byte for byte.
template <class Device>
Bytes slots_of(Device& device) {
  Bytes bytes(2 * Device::kSlotSize);
  REQUIRE(device.ram().read(0, MutableBytes(bytes.data(), bytes.size())) == Status::ok);
  return bytes;
}

/// Tries a patch that must be refused by its manifest: no byte of the base is read, nothing is erased or
/// programmed, not even in the journal, and the model stays. Gives the status.
template <class Device>
Status refused_untouched(Device& device, const Bytes& patch) {
  const Bytes active = device.active_bytes();
  device.flash().reset_counters();
  const Status status = device.update(patch, pieces_of(1000));
  CHECK(is_error(status));
  CHECK(device.flash().counters().erases == 0);
  CHECK(device.flash().counters().programs == 0);
  CHECK(device.flash().counters().read_bytes == 0);
  CHECK(device.flash().counters().violations == 0);
  CHECK(device.updater().abort() == Status::ok);
  CHECK(device.active_bytes() == active);
  return status;
}

/// Tries a patch whose body lies: the inactive slot may be written, but nothing is committed.
template <class Device>
Status refused_uncommitted(Device& device, const Bytes& patch) {
  const Bytes active = device.active_bytes();
  const SlotId slot = device.store().snapshot().active;
  device.flash().reset_counters();
  const Status status = device.update(patch, pieces_of(1000));
  CHECK(is_error(status));
  CHECK(device.flash().counters().violations == 0);
  CHECK(device.updater().abort() == Status::ok);
  CHECK(device.store().snapshot().active == slot);
  CHECK(device.active_bytes() == active);
  return status;
}

}  // namespace tmd::test
