// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/internal/auth/cbor_reader.hpp"
#include "tmd/internal/auth/cose.hpp"
#include "tmd/internal/auth/revocation_list.hpp"
#include "tmd/status.hpp"

namespace tmd {

/// What a root key says of a release key, manifest entry 0x0B: for which family and which security counters it
/// may sign. The views point into the entry.
struct Certificate {
  CoseMessage message;      ///< Who issued it: algorithm, key identifier, signature.
  ConstBytes payload;       ///< What is signed.
  std::uint8_t number = 0;  ///< The release key's bit in the set of revoked keys.
  ConstBytes family;        ///< 16 bytes, or empty: for any family.
  std::uint32_t first = 0;  ///< The lowest security counter it may sign for …
  std::uint32_t last = 0;  ///< … and the highest. A device that has seen a higher one takes it for expired.
  CoseAlgorithm algorithm{};  ///< Of the release key: es256 or eddsa.
  ConstBytes identifier;      ///< Of the release key, at most 32 bytes, may be empty.
  ConstBytes material;        ///< Of the release key, as TrustedKey::material.

  constexpr bool covers(ConstBytes manifest_family, std::uint32_t counter) const {
    return counter >= first && counter <= last && (family.empty() || equal_bytes(family, manifest_family));
  }
};

/// Reads a certificate. Accepted is the deterministic encoding of
///
///     18([protected << {1: algorithm, ? 3: content type, ? 4: key id} >>, {? 4: key id},
///         << [number, family, first, last, algorithm, key id, public key] >>, signature])
///
/// in which every public key, the root's too, is one for signatures: a secret that all devices share could not
/// keep one of them from certifying anything. The payload begins with the head of an array, 0x87, a manifest
/// with its version, 2: no signature over the one is ever one over the other. `malformed_certificate` for
/// anything else, also for bytes after it.
[[nodiscard]] constexpr Status parse_certificate(ConstBytes bytes, Certificate& certificate) {
  constexpr std::uint32_t kElements = 7;
  constexpr std::size_t kFamilySize = 16;
  constexpr std::size_t kMaxIdentifier = 32;
  if (parse_cose_attached(bytes, certificate.message, certificate.payload) != Status::ok ||
      certificate.message.is_mac)
    return Status::malformed_certificate;

  CborReader reader(certificate.payload);
  const bool is_shaped = reader.head(CborMajor::array) == kElements;
  const std::uint32_t number = reader.unsigned_integer();
  certificate.number = static_cast<std::uint8_t>(number);
  certificate.family = reader.byte_string();
  certificate.first = reader.unsigned_integer();
  certificate.last = reader.unsigned_integer();
  certificate.algorithm = static_cast<CoseAlgorithm>(reader.integer());
  certificate.identifier = reader.byte_string();
  certificate.material = reader.byte_string();

  const std::size_t key_size = certificate.material.size();
  const bool is_key = certificate.algorithm == CoseAlgorithm::es256
                          ? key_size == 65 && certificate.material[0] == 0x04
                          : certificate.algorithm == CoseAlgorithm::eddsa && key_size == 32;
  const bool is_family = certificate.family.empty() || certificate.family.size() == kFamilySize;
  const bool is_well_formed = is_shaped && reader.complete() && number < kMaxTrustedKeys && is_family &&
                              certificate.first <= certificate.last &&
                              certificate.identifier.size() <= kMaxIdentifier && is_key;
  return is_well_formed ? Status::ok : Status::malformed_certificate;
}

}  // namespace tmd
