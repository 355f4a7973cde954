// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/internal/auth/cose.hpp"

namespace tmd {

/// A key that this firmware trusts; a table of them is usually `constexpr` and lies in flash.
struct TrustedKey {
  /// This key's bit in the stored set of revoked keys, 0 to 31. A number is used for one key in the whole
  /// life of the product: firmware that drops a key does not give its number to another one.
  std::uint8_t number;
  /// The one algorithm this key is used with. A block that names another one does not find the key, so that a
  /// public key can never serve as a MAC secret.
  CoseAlgorithm algorithm;
  /// The "kid" of the COSE block. Empty: used by blocks that name none.
  ConstBytes identifier;
  /// ES256: the point 0x04 || x || y, 65 bytes. Ed25519: 32 bytes. HMAC and CMAC: the secret, unless it is in
  /// a key store.
  ConstBytes material;
  /// Whether manifests signed with this key may revoke others. Give it to a key that is kept offline: who
  /// steals a daily signing key must not be able to revoke the one that would revoke it.
  bool may_revoke = false;
  /// Number of a key in the PSA key store (secure element, TF-M), used where `material` is empty. 0: none.
  std::uint32_t stored_key = 0;
};

}  // namespace tmd
