// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "format/container.hpp"
#include "tmd/auth/cipher.hpp"
#include "tmd/internal/format/entries.hpp"

namespace tmd::test {

/// A cipher that changes nothing; its key store may be out of reach for a while, its library without memory.
struct KeyStore {
  const Status* answer = nullptr;
  Status begin(ConstBytes) const { return *answer; }
  Status decrypt(std::uint32_t, MutableBytes) const { return *answer; }
};

/// Says that the body is encrypted, as for that cipher it is.
inline void encrypt(host::format::PatchParts& parts) {
  host::Bytes cipher(1 + CipherEntry::kBlockSize);
  cipher[0] = CipherEntry::kAesCtr;
  parts.entries.push_back({EntryNumber::cipher, true, cipher});
  parts.encrypted = true;
}

}  // namespace tmd::test
