// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "patch/apply.hpp"

namespace tmd::host {

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

/// Throws Error for a patch that a device refused. Under another secret a body is noise: whatever went wrong with it,
/// the secret is asked for first.
[[noreturn]] void refuse_patch(const PatchFile& patch, Status status, const BodyCipher* cipher);

}  // namespace tmd::host
