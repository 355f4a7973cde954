// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/digest/digests.hpp"
#include "tmd/internal/auth/key_thumbprint.hpp"
#include "tmd/status.hpp"

namespace tmd {

/// The stored set of revoked keys has one bit for each key number.
constexpr std::size_t kMaxTrustedKeys = 32;

/// The number of a key as its bit in that set.
constexpr std::uint32_t revocation_bit(std::uint8_t number) {
  return std::uint32_t{1} << (number & 31U);
}

/// How an element of manifest entry 0x12 names the key that it revokes. Each is u8 kind, u8 length, name.
enum class KeyName : std::uint8_t {
  identifier = 1,  ///< 1 to 255 bytes, the "kid": every trusted key that goes by it.
  thumbprint = 2,  ///< 32 bytes, RFC 9679 with SHA-256: a key with or without identifier.
  number = 3,      ///< One byte, 0 to 31: also the only name of a key that stands in a certificate alone.
};

/// One element of a revocation list.
struct ListedKey {
  KeyName kind{};
  ConstBytes name;

  /// Adds to `numbers` the keys that this element revokes: those of the table that it names, or the number
  /// itself. ok; unsupported_digest: a thumbprint could not be compared.
  template <class Keys, class Digests>
  Status add_to(std::uint32_t& numbers, const Keys& keys, Digests& digests) const {
    if (kind == KeyName::number) numbers |= revocation_bit(name[0]);
    if (kind == KeyName::number) return Status::ok;
    for (const auto& key : keys) {
      Digest computed;
      ConstBytes own = kind == KeyName::identifier ? key.identifier : key.thumbprint;
      if (kind == KeyName::thumbprint && own.empty()) {
        const Status status = key_thumbprint(key.algorithm, key.material, digests, computed);
        if (status == Status::unsupported_digest) return status;
        own = computed.view();  // empty where the key has none, which is no element's name
      }
      if (equal_bytes(own, name)) numbers |= revocation_bit(key.number);
    }
    return Status::ok;
  }
};

/// Walks manifest entry 0x12: ok; not_found at the end; malformed_manifest where an element is of no known
/// kind, or its name has not the length of its kind. A kind that is not known is never passed over: a
/// revocation that does nothing would be believed to have worked.
class RevocationListReader {
 public:
  constexpr explicit RevocationListReader(ConstBytes list) : reader_(list) {}

  constexpr Status next(ListedKey& key) {
    if (reader_.remaining() == 0) return Status::not_found;
    key.kind = static_cast<KeyName>(reader_.u8());
    key.name = reader_.take(reader_.u8());
    return !reader_.failed() && is_well_formed(key) ? Status::ok : Status::malformed_manifest;
  }

 private:
  static constexpr bool is_well_formed(const ListedKey& key) {
    switch (key.kind) {
      case KeyName::identifier:
        return !key.name.empty();
      case KeyName::thumbprint:
        return key.name.size() == digest_size(DigestKind::sha256);
      case KeyName::number:
        return key.name.size() == 1 && key.name[0] < kMaxTrustedKeys;
    }
    return false;
  }

  ByteReader reader_;
};

}  // namespace tmd
