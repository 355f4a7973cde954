// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sign/secret_bytes.hpp"
#include "tmd/internal/auth/cose.hpp"

namespace tmd::host::sign {

/// The bytes that are signed: Sig_structure, or MAC_structure for a MAC (RFC 9052, sections 4.4 and 6.3). The
/// payload is a manifest, or that of a certificate.
Bytes bytes_to_sign(CoseAlgorithm algorithm, ConstBytes payload);

/// The authentication block around a signature or MAC tag: COSE_Sign1 (tag 18) or COSE_Mac0 (tag 17),
/// detached payload, algorithm protected, key identifier unprotected (left away where empty).
Bytes write_cose(CoseAlgorithm algorithm, ConstBytes identifier, ConstBytes signature);

/// The same with the payload inside.
Bytes write_cose_attached(CoseAlgorithm algorithm, ConstBytes identifier, ConstBytes payload,
                          ConstBytes signature);

}  // namespace tmd::host::sign
