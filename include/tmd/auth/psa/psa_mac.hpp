// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <psa/crypto.h>

#include <cstddef>

#include "tmd/auth/psa/psa_key.hpp"
#include "tmd/auth/psa/psa_status.hpp"
#include "tmd/auth/trusted_key.hpp"
#include "tmd/bytes.hpp"
#include "tmd/internal/auth/byte_pieces.hpp"
#include "tmd/internal/auth/cose.hpp"
#include "tmd/status.hpp"

namespace tmd {

/// Verifier policy for a MAC through PSA Crypto, which compares tags in constant time. The tag must have its
/// full length: a truncated one is easier to guess. The application has called psa_crypto_init().
template <CoseAlgorithm kCose, psa_algorithm_t kPsa, psa_key_type_t kKeyType, std::size_t kTagSize>
class PsaMac {
 public:
  static constexpr CoseAlgorithm kAlgorithm = kCose;

  /// Statuses: ok, bad_signature, unknown_key (not in the key store), wrong_state, out_of_memory,
  /// unsupported_algorithm.
  Status verify(const TrustedKey& trusted, const BytePieces& message, ConstBytes tag) {
    if (tag.size() != kTagSize) return Status::bad_signature;
    PsaKey key;
    psa_mac_operation_t operation = psa_mac_operation_init();
    psa_status_t answer =
        key.open(trusted.material, trusted.stored_key, kKeyType, PSA_KEY_USAGE_VERIFY_MESSAGE, kPsa);
    if (answer == PSA_SUCCESS) answer = psa_mac_verify_setup(&operation, key.id(), kPsa);
    for (const ConstBytes& piece : message) {
      if (answer == PSA_SUCCESS) answer = psa_mac_update(&operation, piece.data(), piece.size());
    }
    if (answer == PSA_SUCCESS) answer = psa_mac_verify_finish(&operation, tag.data(), tag.size());
    if (answer != PSA_SUCCESS) static_cast<void>(psa_mac_abort(&operation));
    return from_psa_verify(answer);
  }
};

/// HMAC-SHA-256 (RFC 2104, FIPS 198-1); a secret of 32 bytes is right.
using PsaHmacSha256 =
    PsaMac<CoseAlgorithm::hmac_sha256, PSA_ALG_HMAC(PSA_ALG_SHA_256), PSA_KEY_TYPE_HMAC, 32>;
/// AES-CMAC (RFC 4493); the secret is an AES key of 16, 24 or 32 bytes.
using PsaAesCmac = PsaMac<CoseAlgorithm::aes_cmac, PSA_ALG_CMAC, PSA_KEY_TYPE_AES, 16>;

}  // namespace tmd
