// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/auth/trusted_key.hpp"
#include "tmd/bytes.hpp"
#include "tmd/internal/auth/byte_pieces.hpp"
#include "tmd/internal/auth/cose.hpp"
#include "tmd/status.hpp"

namespace tmd {

/// Ed25519 over any library's verify function: 64-byte signature, message, 32-byte public key; true where it
/// verifies. Libraries that fit: libsodium, Monocypher, compact25519, ed25519-donna.
using Ed25519VerifyFunction = bool (*)(ConstBytes signature, ConstBytes message, ConstBytes public_key);

/// Verifier policy for Ed25519 (RFC 8032). The algorithm hashes the message twice, and libraries want it in
/// one piece: so the signed bytes are put together in a buffer of `kMaxMessage` bytes in this object. It must
/// hold the largest manifest plus 24 bytes of COSE around it (28 with the longest heads).
template <Ed25519VerifyFunction kVerify, std::size_t kMaxMessage>
class Ed25519 {
 public:
  static constexpr CoseAlgorithm kAlgorithm = CoseAlgorithm::eddsa;
  static constexpr std::size_t kSignatureSize = 64;
  static constexpr std::size_t kPublicKeySize = 32;

  /// Statuses: ok, bad_signature, manifest_too_large where the message does not fit the buffer.
  Status verify(const TrustedKey& key, const BytePieces& message, ConstBytes signature) {
    if (signature.size() != kSignatureSize || key.material.size() != kPublicKeySize)
      return Status::bad_signature;
    if (message.size() > kMaxMessage) return Status::manifest_too_large;
    std::size_t filled = 0;
    for (const ConstBytes& piece : message) {
      copy_bytes(piece, MutableBytes(buffer_).from(filled));
      filled += piece.size();
    }
    const bool verified = kVerify(signature, ConstBytes(buffer_).first(filled), key.material);
    return verified ? Status::ok : Status::bad_signature;
  }

 private:
  std::uint8_t buffer_[kMaxMessage] = {};
};

}  // namespace tmd
