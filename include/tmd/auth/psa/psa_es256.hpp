// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <psa/crypto.h>

#include <cstddef>
#include <cstdint>

#include "tmd/auth/psa/psa_key.hpp"
#include "tmd/auth/psa/psa_status.hpp"
#include "tmd/auth/trusted_key.hpp"
#include "tmd/bytes.hpp"
#include "tmd/digest/digest.hpp"
#include "tmd/internal/auth/byte_pieces.hpp"
#include "tmd/internal/auth/cose.hpp"
#include "tmd/status.hpp"

namespace tmd {

/// Verifier policy for ECDSA on P-256 with SHA-256 through PSA Crypto (Mbed TLS, TF-M, Zephyr). The message is
/// hashed by the firmware's Digests, which computes SHA-256 anyway. The application has called
/// psa_crypto_init(). Mbed TLS takes 2.9 KB of heap and 1.5 KB of stack while it verifies (2.28 on a
/// Cortex-M4, bench/firmware/signed).
class PsaEs256 {
 public:
  static constexpr CoseAlgorithm kAlgorithm = CoseAlgorithm::es256;
  static constexpr std::size_t kSignatureSize = 64;
  static constexpr std::size_t kPointSize = 65;

  /// Statuses: ok, bad_signature (also for a key that is no point of the curve), unknown_key (not in the key store),
  /// wrong_state, out_of_memory, unsupported_algorithm; unsupported_digest where the Digests lack SHA-256 or have
  /// failed.
  template <class Digests>
  Status verify(const TrustedKey& trusted, const BytePieces& message, ConstBytes signature,
                Digests& digests) {
    if (signature.size() != kSignatureSize) return Status::bad_signature;
    const Status begun = digests.begin(DigestKind::sha256);
    if (begun != Status::ok) return begun;
    for (const ConstBytes& piece : message) digests.update(piece);
    const Digest hash = digests.finish();
    if (hash.kind != DigestKind::sha256) return Status::unsupported_digest;

    PsaKey key;
    const psa_algorithm_t algorithm = PSA_ALG_ECDSA(PSA_ALG_SHA_256);
    psa_status_t answer =
        key.open(trusted.material, trusted.stored_key, PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1),
                 PSA_KEY_USAGE_VERIFY_HASH, algorithm);
    if (answer == PSA_SUCCESS) {
      answer = psa_verify_hash(key.id(), algorithm, hash.bytes.data(), hash.view().size(), signature.data(),
                               signature.size());
    }
    return from_psa_verify(answer);
  }
};

}  // namespace tmd
