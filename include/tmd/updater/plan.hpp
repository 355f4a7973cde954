// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

#include "tmd/format/manifest.hpp"
#include "tmd/guard/self_test.hpp"
#include "tmd/store/snapshot.hpp"
#include "tmd/updater/config.hpp"

namespace tmd {

/// What is known of the update in progress once its manifest is accepted. With the decoder's state it is what
/// a checkpoint holds, written to the journal as it lies in memory; a firmware with another layout of it
/// finds a record of another size and starts the update again.
template <class Config>
struct UpdatePlan {
  static constexpr bool kEncrypts = !std::is_same<typename Config::Cipher, NoCipher>::value;
  static constexpr std::uint32_t kCipherEntrySize =
      kEncrypts ? 1 + CipherEntry::kBlockSize + CipherEntry::kMaxIdentifier : 1;

  std::uint32_t received;  ///< Patch bytes at the checkpoint. First, because the log reads it.
  std::uint32_t written;   ///< Target bytes at the checkpoint. Second, likewise.
  std::uint32_t identity;  ///< CRC-32 of the manifest: tells one patch from another.
  Manifest manifest;
  ModelVersion version;
  std::uint32_t security_counter;
  std::uint32_t revoked_keys;
  std::uint8_t cipher_entry_size;
  std::uint8_t cipher_entry[kCipherEntrySize];
  KeptSelfTest<Config::kSelfTestSize> self_test;

  ConstBytes cipher() const { return ConstBytes(cipher_entry).first(cipher_entry_size); }
  /// Bytes that the target takes in its slot, with what lies behind it.
  std::uint32_t slot_bytes() const {
    return manifest.target_length + static_cast<std::uint32_t>(self_test.view().size());
  }
  bool is_format1() const { return Config::kFormat1 && manifest.version == kFormat1; }
  /// Bytes of the body that are still to come once `taken` bytes of the patch were taken. Format 2.
  std::uint32_t body_left(std::uint32_t taken) const {
    return manifest.body_offset + manifest.body_length - taken;
  }
};

}  // namespace tmd
