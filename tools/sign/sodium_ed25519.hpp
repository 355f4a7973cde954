// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sodium.h>

#include "tmd/auth/ed25519.hpp"
#include "tmd/bytes.hpp"

namespace tmd::host::sign {

/// Ed25519 by libsodium, as the device half's verifier policy wants it.
inline bool sodium_verify_ed25519(ConstBytes signature, ConstBytes message, ConstBytes public_key) {
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(), public_key.data()) ==
         0;
}

template <std::size_t kMaxMessage>
using SodiumEd25519 = Ed25519<sodium_verify_ed25519, kMaxMessage>;

}  // namespace tmd::host::sign
