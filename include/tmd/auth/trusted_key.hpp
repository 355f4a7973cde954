// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/internal/auth/cose.hpp"
#include "tmd/internal/auth/revocation_list.hpp"

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
  /// Whether certificates signed with this key are believed (tmd/auth/delegated_authentication.hpp; other
  /// policies do not look at it). A key for signatures, kept offline.
  bool may_certify = false;
  /// COSE Key Thumbprint (RFC 9679, SHA-256), 32 bytes, by which a key without `material` can be revoked.
  /// Empty: computed of the material where it is needed.
  ConstBytes thumbprint{};
};

namespace detail {
/// Every number is below 32 and stands once: with two keys under one number, to revoke one would revoke both.
constexpr bool has_own_numbers(const TrustedKey* begin, const TrustedKey* end) {
  std::uint32_t taken = 0;
  for (const TrustedKey* key = begin; key != end; ++key) {
    if (key->number >= kMaxTrustedKeys || (taken & revocation_bit(key->number)) != 0) return false;
    taken |= revocation_bit(key->number);
  }
  return true;
}
}  // namespace detail

#if __cplusplus >= 201703L
/// A table of trusted keys that is known when the firmware is built. Costs no RAM. C++17: with GCC's gnu++14 use
/// KeyTable.
///
///     constexpr tmd::TrustedKey kTrusted[] = {kReleaseKey, kOfflineKey};   // at namespace scope
///     using Authentication = tmd::CoseAuthentication<tmd::Verifiers<tmd::PsaEs256>, tmd::FixedKeys<kTrusted>>;
template <const auto& kTable>
class FixedKeys {
 public:
  static constexpr const TrustedKey* begin() { return kTable; }
  static constexpr const TrustedKey* end() { return kTable + kCount; }

 private:
  static constexpr std::size_t kCount = sizeof(kTable) / sizeof(kTable[0]);
  static_assert(
      detail::has_own_numbers(kTable, kTable + kCount),
      "each trusted key has a number of its own, 0 to 31, its bit in the stored set of revoked keys");
};
#endif

/// A table that is given at run time, and must outlive this. Empty, which trusts nobody, until then.
class KeyTable {
 public:
  constexpr KeyTable() = default;
  template <std::size_t kCount>
  constexpr KeyTable(const TrustedKey (&keys)[kCount]) : keys_(keys), count_(kCount) {
    static_assert(kCount <= kMaxTrustedKeys,
                  "the stored set of revoked keys has 32 bits: at most 32 trusted keys");
  }
  /// Entries after the first 32 are not looked at.
  constexpr KeyTable(const TrustedKey* keys, std::size_t count)
      : keys_(keys), count_(count < kMaxTrustedKeys ? count : kMaxTrustedKeys) {}

  constexpr const TrustedKey* begin() const { return keys_; }
  constexpr const TrustedKey* end() const { return keys_ + count_; }

 private:
  const TrustedKey* keys_ = nullptr;
  std::size_t count_ = 0;
};

}  // namespace tmd
