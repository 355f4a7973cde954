// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sign/key_files.hpp"
#include "sign/secret_bytes.hpp"
#include "tmd/status.hpp"

namespace tmd::host::sign {

// Signing of whole patches in format 2. All throw Error where the patch cannot be read, is of format 1
// (which has no place for a signature), or carries no SHA-256 digests: the body is covered by nothing else.

/// The patch with the signature of `key`; a signature that is already there is replaced.
Bytes sign_patch(ConstBytes patch, const SigningKey& key, ConstBytes identifier);

/// Two-step signing for a hardware module or a cloud service. First the bytes that it shall sign (not hashed
/// yet: it computes SHA-256 itself for ES256) …
Bytes prepare_signature(ConstBytes patch, CoseAlgorithm algorithm);
/// … then the patch with what it answered. ES256 signatures may come as r || s or as DER, which cloud
/// services prefer. The result is not checked: use `verify_signature`.
Bytes attach_signature(ConstBytes patch, CoseAlgorithm algorithm, ConstBytes identifier,
                       ConstBytes signature);

/// Checks the signature of a patch, as a device with this one trusted key would. Statuses: those of
/// tmd::CoseAuthentication, and unsigned_patch.
Status verify_signature(ConstBytes patch, const VerificationKey& key, ConstBytes identifier);

/// The identifier in the patch's authentication block; empty where it has none.
Bytes signer_identifier(ConstBytes patch);

/// The patch with its body encrypted (AES-CTR, a fresh random first counter block) and a critical cipher
/// entry. Takes unsigned patches only: the entry is part of what is signed, so encryption comes first.
Bytes encrypt_patch(ConstBytes patch, const SecretBytes& secret, ConstBytes identifier);

}  // namespace tmd::host::sign
