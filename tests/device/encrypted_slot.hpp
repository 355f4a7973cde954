// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/key_store.hpp"
#include "device/one_slot_steps.hpp"

namespace tmd::test {

struct EncryptedConfig : ReversibleConfig<WideFlash> {
  using Cipher = KeyStore;
};
using Encrypted = OneSlotDevice<EncryptedConfig>;

inline host::Bytes make_encrypted(const InPlacePair& pair) {
  const host::EncodedBody body = make_body(pair.base, pair.target, kWindow);
  const host::EncodedBody second = make_body(pair.target, pair.base, kWindow);
  host::format::PatchParts parts = parts_in_place(pair.base, pair.target, kWindow, body);
  parts.entries.push_back(way_back_entry(second));
  encrypt(parts);
  host::Bytes bodies = body.bytes;
  bodies.insert(bodies.end(), second.bytes.begin(), second.bytes.end());
  return host::format::join_patch(host::format::write_manifest(parts), {}, bodies);
}

}  // namespace tmd::test
