// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/status.hpp"

namespace tmd::host::device {

/// The Cipher policy (tmd/auth/cipher.hpp) of a device that has a secret.
struct BodyCipher {
  virtual ~BodyCipher() = default;
  virtual Status begin(ConstBytes cipher_entry) = 0;
  virtual Status decrypt(std::uint32_t body_offset, MutableBytes bytes) = 0;
};

/// Hands on to the caller's cipher; without one an encrypted patch is refused.
struct CallersCipher {
  BodyCipher* cipher = nullptr;
  Status begin(ConstBytes entry) {
    return cipher == nullptr ? Status::unsupported_algorithm : cipher->begin(entry);
  }
  Status decrypt(std::uint32_t body_offset, MutableBytes bytes) {
    return cipher == nullptr ? Status::cipher_failure : cipher->decrypt(body_offset, bytes);
  }
};

}  // namespace tmd::host::device
