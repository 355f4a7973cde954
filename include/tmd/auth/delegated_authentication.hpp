// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/auth/authentication.hpp"
#include "tmd/internal/auth/certificate.hpp"
#include "tmd/internal/format/entries.hpp"

namespace tmd {

/// Takes what CoseAuthentication takes, and manifests that are signed by a key which is not in the table but in
/// the manifest's certificate (entry 0x0B), issued by a key of the table with `may_certify`. So a release key
/// can be replaced without new firmware, and is worth something for one family and one range of security
/// counters only. A chain has two links at most: a certified key certifies nobody, and revokes nobody.
///
///     constexpr tmd::TrustedKey kTrusted[] = {
///         {0, tmd::CoseAlgorithm::es256, kRootName, kRootPoint, true, 0, true}};   // may revoke, may certify
///     using Authentication =
///         tmd::DelegatedAuthentication<tmd::Verifiers<tmd::PsaEs256>, tmd::FixedKeys<kTrusted>>;
///
/// Costs a second verification for such a manifest, and no RAM.
template <class Verifier, class Keys = KeyTable>
class DelegatedAuthentication : public CoseAuthentication<Verifier, Keys> {
  using Base = CoseAuthentication<Verifier, Keys>;

 public:
  using Base::Base;

  /// Whose signature it is, in this order: a key of the table, whose manifests need no certificate and are not
  /// asked for one; else the key of the certificate, which may go by the name of a key of the table, or by none as
  /// that does: so a lost release key's successor keeps its name. Statuses as CoseAuthentication::verify, and:
  /// malformed_certificate (not the structure of parse_certificate, or it gives out a number or a key that is
  /// in the table already); outside_certificate (another family or counter than it is for, or the device has
  /// seen a higher counter); bad_certificate (its signature does not verify); unknown_key (also where its issuer
  /// may not certify); revoked_key (the release key, or its issuer).
  template <class Digests>
  Status verify(const ManifestToVerify& manifest, Digests& digests) {
    CoseMessage message;
    const Status opened = Base::open(manifest, message);
    if (opened != Status::ok) return opened;
    const Status pinned = Base::believe(message, manifest, digests);
    const bool is_other_key =
        pinned == Status::unknown_key || pinned == Status::bad_signature || pinned == Status::revoked_key;
    if (!is_other_key) return pinned;

    const Claims claims = claims_of(manifest.entries);
    if (claims.certificate.empty()) return pinned;
    Certificate certificate;
    const Status parsed = parse_certificate(claims.certificate, certificate);
    if (parsed != Status::ok) return pinned == Status::unknown_key ? parsed : pinned;
    if (!is_for_signer(certificate, message)) return pinned;
    // What costs nothing is looked at first: a certificate that would not do is not worth a verification.
    const Status admitted = admit(certificate, claims, manifest.security_counter);
    if (admitted != Status::ok) return admitted;
    const TrustedKey* issuer = nullptr;
    const Status certified =
        Base::check_pinned(certificate.message, certificate.payload, true, digests, issuer);
    if (certified != Status::ok)
      return certified == Status::bad_signature ? Status::bad_certificate : certified;

    const TrustedKey release{certificate.number, certificate.algorithm, certificate.identifier,
                             certificate.material};
    const Status verified = Base::check(release, message, manifest.signed_bytes, digests);
    if (verified == Status::ok) Base::set_signer(kCertified);
    return verified;
  }

 private:
  /// The signer of a manifest that was signed by certificate: all that is asked of it is that it may not revoke.
  static inline constexpr TrustedKey kCertified{0, CoseAlgorithm::es256, ConstBytes(), ConstBytes()};

  /// What a manifest says of the matter.
  struct Claims {
    ConstBytes certificate;
    ConstBytes family;
    std::uint32_t counter = 0;
  };

  static Claims claims_of(ConstBytes entries) {
    Claims claims;
    EntryReader reader(entries);
    Entry entry;
    while (reader.next(entry) == Status::ok) {
      if (entry.number == EntryNumber::certificate) claims.certificate = entry.value;
      if (entry.number == EntryNumber::family) claims.family = entry.value;
      if (entry.number == EntryNumber::security_counter) claims.counter = load_le32(entry.value.data());
    }
    return claims;
  }

  static bool is_for_signer(const Certificate& certificate, const CoseMessage& message) {
    return static_cast<std::int32_t>(certificate.algorithm) == message.algorithm &&
           equal_bytes(certificate.identifier, message.key_identifier);
  }
  /// Everything about a certificate but its signature.
  Status admit(const Certificate& certificate, const Claims& claims, std::uint32_t seen) const {
    if (!Base::supports(certificate.message)) return Status::unsupported_algorithm;
    if (Base::is_revoked(certificate.number)) return Status::revoked_key;
    for (const TrustedKey& key : Base::trusted_keys()) {
      if (key.number == certificate.number || equal_bytes(key.material, certificate.material))
        return Status::malformed_certificate;
    }
    return seen <= certificate.last && certificate.covers(claims.family, claims.counter)
               ? Status::ok
               : Status::outside_certificate;
  }
};

}  // namespace tmd
