// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sign/key_files.hpp"
#include "sign/secret_bytes.hpp"
#include "tmd/status.hpp"

namespace tmd::host::sign {

/// Signs a message: r || s of ECDSA (deterministic, RFC 6979: the same patch always gets the same bytes), an
/// Ed25519 signature, or a MAC.
Bytes sign_message(const SigningKey& key, ConstBytes message);

/// Checks a COSE authentication block over a manifest with the device half's own code. Statuses: those of
/// tmd::CoseAuthentication.
Status verify_block(const VerificationKey& key, ConstBytes identifier, ConstBytes manifest, ConstBytes block);

}  // namespace tmd::host::sign
