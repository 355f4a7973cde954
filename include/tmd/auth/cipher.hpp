// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tmd/bytes.hpp"
#include "tmd/status.hpp"

namespace tmd {

// The Cipher policy decrypts the body of encrypted patches as it streams. A class with
//
//     static constexpr bool kCanDecrypt;
//     Status begin(ConstBytes entry);                                  // the manifest's cipher entry
//     Status decrypt(std::uint32_t body_offset, MutableBytes bytes);   // in place, at any offset, in any
//     order
//
// unsupported_algorithm, cipher_failure.

/// Takes no encrypted patches.
struct NoCipher {
  static constexpr bool kCanDecrypt = false;
  Status begin(ConstBytes /*entry*/) { return Status::unsupported_algorithm; }
  Status decrypt(std::uint32_t /*body_offset*/, MutableBytes /*bytes*/) {
    return Status::unsupported_algorithm;
  }
};

}  // namespace tmd
