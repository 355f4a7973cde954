// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <psa/crypto.h>

#include "tmd/status.hpp"

namespace tmd {

/// What a PSA Crypto call answered, as a status. Whatever is not success ends the update: `otherwise` stands
/// for all the reasons that lie in the data.
[[nodiscard]] constexpr Status from_psa(psa_status_t answer, Status otherwise) {
  switch (answer) {
    case PSA_SUCCESS:
      return Status::ok;
    case PSA_ERROR_BAD_STATE:  // psa_crypto_init() was not called
      return Status::wrong_state;
    case PSA_ERROR_INSUFFICIENT_MEMORY:
      return Status::out_of_memory;
    case PSA_ERROR_NOT_SUPPORTED:  // the library was built without the algorithm
      return Status::unsupported_algorithm;
    default:
      return otherwise;
  }
}

/// What the check of a signature or a MAC answered: as above, unknown_key where the key store has no such key, else
/// bad_signature.
[[nodiscard]] constexpr Status from_psa_verify(psa_status_t answer) {
  const bool is_absent = answer == PSA_ERROR_INVALID_HANDLE || answer == PSA_ERROR_DOES_NOT_EXIST;
  return from_psa(answer, is_absent ? Status::unknown_key : Status::bad_signature);
}

}  // namespace tmd
