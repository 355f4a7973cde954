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
      return Status::needs_more_memory;
    case PSA_ERROR_NOT_SUPPORTED:  // the library was built without the algorithm
      return Status::unsupported_algorithm;
    default:
      return otherwise;
  }
}

}  // namespace tmd
