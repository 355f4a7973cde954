// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/one_slot_steps.hpp"

namespace tmd::test {

/// A cipher that changes nothing; its key store may be out of reach for a while, its library without memory.
struct KeyStore {
  const Status* answer = nullptr;
  Status begin(ConstBytes) const { return *answer; }
  Status decrypt(std::uint32_t, MutableBytes) const { return *answer; }
};
struct EncryptedConfig : ReversibleConfig<WideFlash> {
  using Cipher = KeyStore;
};
using Encrypted = OneSlotDevice<EncryptedConfig>;

inline host::Bytes make_encrypted(const InPlacePair& pair) {
  const host::EncodedBody body = make_body(pair.base, pair.target, kWindow);
  const host::EncodedBody second = make_body(pair.target, pair.base, kWindow);
  host::format::PatchParts parts = parts_in_place(pair.base, pair.target, kWindow, body);
  parts.entries.push_back(way_back_entry(second));
  host::Bytes cipher(1 + CipherEntry::kBlockSize);
  cipher[0] = CipherEntry::kAesCtr;
  parts.entries.push_back({EntryNumber::cipher, true, cipher});
  parts.encrypted = true;
  host::Bytes bodies = body.bytes;
  bodies.insert(bodies.end(), second.bytes.begin(), second.bytes.end());
  return host::format::join_patch(host::format::write_manifest(parts), {}, bodies);
}

}  // namespace tmd::test
