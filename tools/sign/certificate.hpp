// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sign/key_files.hpp"
#include "sign/secret_bytes.hpp"

namespace tmd::host::sign {

/// What a certificate says of a release key (tmd/internal/auth/certificate.hpp).
struct ReleaseKey {
  std::uint8_t number = 0;  ///< 0 to 31, in the whole life of the product given to no other key.
  Bytes family;             ///< 16 bytes, or empty for any family.
  std::uint32_t first = 0;  ///< Security counters that it may sign for.
  std::uint32_t last = 0;
  CoseAlgorithm algorithm = CoseAlgorithm::es256;
  Bytes identifier;
  Bytes material;
};

/// The bytes that the root key signs for this. Throws Error where no device would take such a certificate.
Bytes prepare_certificate(const ReleaseKey& release, CoseAlgorithm root);

/// The certificate with the signature in this file that the root gave over them, checked with its public key. Throws
/// Error, naming the file where the signature in it is not right.
Bytes attach_certificate(const ReleaseKey& release, const VerificationKey& root, ConstBytes root_identifier,
                         const std::string& signature_file);

/// Both at once, with the root's private key.
Bytes issue_certificate(const ReleaseKey& release, const SigningKey& root, ConstBytes root_identifier);

}  // namespace tmd::host::sign
