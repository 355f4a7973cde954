// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <utility>

#include "sign/certificate.hpp"
#include "sign/cose_writer.hpp"
#include "sign/signed_patch.hpp"
#include "sign/signer.hpp"
#include "support/hex.hpp"
#include "tmd/auth/trusted_key.hpp"

namespace tmd::test {

/// A key pair or secret with its identifier.
struct NamedKey {
  host::sign::SigningKey key;
  host::sign::VerificationKey verification;
  Bytes identifier;

  NamedKey(CoseAlgorithm algorithm, std::string_view name)
      : key(host::sign::generate_key(algorithm)),
        verification(host::sign::verification_key_of(key)),
        identifier(text(name)) {}

  /// The authentication block over any bytes, however hostile: an attacker with a trusted key could make it.
  Bytes block_over(const Bytes& manifest) const {
    const Bytes message = host::sign::bytes_to_sign(key.algorithm, view(manifest));
    return host::sign::write_cose(key.algorithm, view(identifier),
                                  view(host::sign::sign_message(key, view(message))));
  }
  Bytes sign(const Bytes& patch) const { return host::sign::sign_patch(view(patch), key, view(identifier)); }
  TrustedKey trusted(std::uint8_t number, bool may_revoke = false, bool may_certify = false) const {
    return TrustedKey{number, key.algorithm, view(identifier), verification.material.view(), may_revoke,
                      0,      may_certify};
  }
  /// What a certificate says of this key.
  host::sign::ReleaseKey released(std::uint8_t number, Bytes family, std::uint32_t first,
                                  std::uint32_t last) const {
    return host::sign::ReleaseKey{number,
                                  std::move(family),
                                  first,
                                  last,
                                  key.algorithm,
                                  identifier,
                                  host::to_bytes(verification.material.view())};
  }
  /// A certificate of this key for what that says.
  Bytes certificate(const host::sign::ReleaseKey& release) const {
    return host::sign::issue_certificate(release, key, view(identifier));
  }
};

}  // namespace tmd::test
