// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/digest/digests.hpp"
#include "tmd/internal/auth/cose.hpp"
#include "tmd/status.hpp"

namespace tmd {

/// The COSE Key Thumbprint of a key (RFC 9679, with SHA-256): the hash of the deterministic encoding of the
/// COSE_Key with nothing but its required parameters, so that anybody who has the key computes the same one.
///
///     P-256:    {1: 2, -1: 1, -2: x, -3: y}
///     Ed25519:  {1: 1, -1: 6, -2: x}
///     a secret: {1: 4, -1: k}
///
/// Statuses: ok; unknown_key where the material is not that of such a key, as where it lies in a key store;
/// unsupported_digest.
template <class Digests>
[[nodiscard]] constexpr Status key_thumbprint(CoseAlgorithm algorithm, ConstBytes material, Digests& digests,
                                              Digest& thumbprint) {
  constexpr std::size_t kCoordinate = 32;
  constexpr std::uint8_t kX[] = {0xA4, 0x01, 0x02, 0x20, 0x01, 0x21, 0x58, kCoordinate};
  constexpr std::uint8_t kY[] = {0x22, 0x58, kCoordinate};
  constexpr std::uint8_t kOctet[] = {0xA3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, kCoordinate};
  const std::size_t size = material.size();
  // The head of a byte string below 24 bytes holds the length itself.
  const bool is_short = size < 24;
  const std::uint8_t secret[] = {0xA2,
                                 0x01,
                                 0x04,
                                 0x20,
                                 static_cast<std::uint8_t>(is_short ? 0x40U | size : 0x58U),
                                 static_cast<std::uint8_t>(size)};
  ConstBytes head;
  if (algorithm == CoseAlgorithm::es256) {
    if (size != 1 + 2 * kCoordinate || material[0] != 0x04) return Status::unknown_key;
    head = ConstBytes(kX);
    material = material.from(1);
  } else if (algorithm == CoseAlgorithm::eddsa) {
    if (size != kCoordinate) return Status::unknown_key;
    head = ConstBytes(kOctet);
  } else {
    if (size == 0 || size > 0xFF) return Status::unknown_key;
    head = ConstBytes(secret).first(is_short ? 5 : 6);
  }
  const Status status = digests.begin(DigestKind::sha256);
  if (status != Status::ok) return status;
  digests.update(head);
  if (algorithm == CoseAlgorithm::es256) {
    digests.update(material.first(kCoordinate));
    digests.update(ConstBytes(kY));
    material = material.from(kCoordinate);
  }
  digests.update(material);
  thumbprint = digests.finish();
  return thumbprint.kind == DigestKind::sha256 ? Status::ok : Status::unsupported_digest;
}

}  // namespace tmd
