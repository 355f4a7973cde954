// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include "sign/crypto_library.hpp"
#include "sign/sodium_ed25519.hpp"
#include "support/hash_unit.hpp"
#include "support/made_manifest.hpp"
#include "tmd/auth/delegated_authentication.hpp"
#include "tmd/auth/psa/psa_es256.hpp"
#include "tmd/auth/psa/psa_mac.hpp"

namespace tmd::test {

using EveryDelegate = Verifiers<PsaEs256, host::sign::SodiumEd25519<1024>, PsaHmacSha256, PsaAesCmac>;
using DelegatedPolicy = DelegatedAuthentication<EveryDelegate>;

inline const Bytes kReleaseFamily(16, 0xFA), kOtherFamily(16, 0xFB);
constexpr std::uint8_t kRootNumber = 0, kRevokerNumber = 1, kPlainNumber = 2, kReleaseNumber = 7;

/// Two roots, one of them only for signatures of its own, and a release key that no table knows.
struct DelegatedFleet {
  NamedKey root{CoseAlgorithm::es256, "root"}, revoker{CoseAlgorithm::eddsa, "revoker"},
      plain{CoseAlgorithm::eddsa, "plain"}, shared{CoseAlgorithm::hmac_sha256, "shared"},
      release{CoseAlgorithm::eddsa, "release"}, other_release{CoseAlgorithm::es256, "other"};
  TrustedKey table[4] = {root.trusted(kRootNumber, false, true), revoker.trusted(kRevokerNumber, true),
                         plain.trusted(kPlainNumber), shared.trusted(3, false, true)};
  DelegatedPolicy policy{table};
  HashUnit unit;
  HashUnitDigests digests{unit};

  DelegatedFleet() { host::sign::start_crypto_library(); }

  host::sign::ReleaseKey claims(std::uint32_t first = 10, std::uint32_t last = 20) const {
    return release.released(kReleaseNumber, kReleaseFamily, first, last);
  }
  Bytes honest() const { return root.certificate(claims()); }
};

inline std::vector<host::format::EntryToWrite> entries_with(const Bytes& certificate,
                                                            std::uint32_t counter = 15,
                                                            const Bytes& family = kReleaseFamily) {
  std::vector<host::format::EntryToWrite> entries{counter_entry(counter)};
  if (!family.empty()) entries.push_back({EntryNumber::family, false, family});
  if (!certificate.empty()) entries.push_back({EntryNumber::certificate, false, certificate});
  return entries;
}

inline Status verify(DelegatedFleet& fleet, const NamedKey& signer,
                     std::vector<host::format::EntryToWrite> entries, std::uint32_t seen = 0) {
  MadeManifest manifest(std::move(entries));
  return fleet.policy.verify(manifest.sign(signer).shown(seen), fleet.digests);
}

/// A certificate of any bytes in place of the family of claims, signed by `issuer` all the same.
inline Bytes certificate_over(const NamedKey& issuer, const Bytes& payload) {
  const Bytes message = host::sign::bytes_to_sign(issuer.key.algorithm, view(payload));
  return host::sign::write_cose_attached(issuer.key.algorithm, view(issuer.identifier), view(payload),
                                         view(host::sign::sign_message(issuer.key, view(message))));
}

/// The payload that the host would sign for these claims.
inline Bytes payload_of(const Bytes& certificate) {
  Certificate parsed;
  REQUIRE(parse_certificate(view(certificate), parsed) == Status::ok);
  return host::to_bytes(parsed.payload);
}

}  // namespace tmd::test
