// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sign/key_files.hpp"
#include "sign/secret_bytes.hpp"
#include "tmd/status.hpp"

namespace tmd::host::sign {

// Signing of whole patches in format 2. All throw Error where the patch cannot be read, is of format 1
// (which has no place for a signature), or carries no SHA-256 digests: the body is covered by nothing else.

/// The patch with the signature of `key`; a signature that is already there is replaced. Throws Error also where
/// the patch carries a certificate that would not let this key sign it.
Bytes sign_patch(ConstBytes patch, const SigningKey& key, ConstBytes identifier);

/// Two-step signing for a hardware module or a cloud service. First the bytes that it shall sign (not hashed
/// yet: it computes SHA-256 itself for ES256) …
Bytes prepare_signature(ConstBytes patch, CoseAlgorithm algorithm);
/// … then the patch with what it answered. ES256 signatures may come as r || s or as DER, which cloud
/// services prefer. The result is not checked: use `verify_signature`.
Bytes attach_signature(ConstBytes patch, CoseAlgorithm algorithm, ConstBytes identifier,
                       ConstBytes signature);

/// Checks the signature of a patch, as a device with this one trusted key would, which may certify others: where
/// the patch carries a certificate for another key, that is the key that the device knows by this identifier.
/// Statuses: those of tmd::DelegatedAuthentication, and unsigned_patch.
Status verify_signature(ConstBytes patch, const VerificationKey& key, ConstBytes identifier);

/// The identifier that a device must know this key by to take the patch: the one in the authentication block, or
/// where the patch carries a certificate for another key, the one of the certificate's issuer. Empty where there
/// is none.
Bytes signer_identifier(ConstBytes patch, const VerificationKey& key);

/// The certificate that the patch carries; empty where it has none.
Bytes certificate_of(ConstBytes patch);

/// Throws Error where the patch carries a certificate that would not let this key sign it: better here than on
/// every device. The certificate's own signature is not looked at.
void check_certificate(ConstBytes patch, const VerificationKey& key, ConstBytes identifier);

/// The patch with this certificate, and without a signature, which would no longer be right.
Bytes with_certificate(ConstBytes patch, ConstBytes certificate);

/// The patch with its body encrypted (AES-CTR, a fresh random first counter block) and a critical cipher
/// entry. Takes unsigned patches only: the entry is part of what is signed, so encryption comes first.
Bytes encrypt_patch(ConstBytes patch, const SecretBytes& secret, ConstBytes identifier);

}  // namespace tmd::host::sign
