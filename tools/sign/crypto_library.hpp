// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tmd::host::sign {

/// Initialises Mbed TLS' PSA Crypto and libsodium; as often as one likes. Throws Error.
void start_crypto_library();

}  // namespace tmd::host::sign
