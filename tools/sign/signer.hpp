// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sign/key_files.hpp"
#include "sign/secret_bytes.hpp"
#include "tmd/auth/authentication.hpp"
#include "tmd/status.hpp"

namespace tmd::host::sign {

/// Signs a message: r || s of ECDSA (deterministic, RFC 6979: the same patch always gets the same bytes), an
/// Ed25519 signature, or a MAC.
Bytes sign_message(const SigningKey& key, ConstBytes message);

/// What a signature of this algorithm looks like in COSE. ES256 signatures may come as r || s or as DER, which
/// cloud services prefer. Throws Error where the length is wrong.
Bytes raw_signature(CoseAlgorithm algorithm, ConstBytes signature);

/// The same out of a file; what is wrong with it is said with its name.
Bytes read_signature(const std::string& path, CoseAlgorithm algorithm);

/// Checks a manifest with the device half's own code, as a device with this one trusted key, which may certify
/// others. Statuses: those of tmd::DelegatedAuthentication.
Status verify_manifest(const VerificationKey& key, ConstBytes identifier, const ManifestToVerify& manifest);

/// Checks a signature over any message. Statuses: those of a Verifier policy.
Status verify_message(const VerificationKey& key, ConstBytes message, ConstBytes signature);

}  // namespace tmd::host::sign
