// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

namespace tmd::host {

/// Something about keys or signatures that a person has to put right: the message is one sentence for them,
/// and never holds a secret.
class SigningError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace tmd::host
