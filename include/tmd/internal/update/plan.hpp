// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

#include "tmd/config.hpp"
#include "tmd/internal/format/manifest.hpp"
#include "tmd/internal/guard/facts.hpp"
#include "tmd/internal/store/ring_map.hpp"
#include "tmd/internal/store/snapshot.hpp"
#include "tmd/internal/update/trailer.hpp"
#include "tmd/internal/update/way_back.hpp"

namespace tmd {

/// What is known of the update in progress once its manifest is accepted.
template <class Config>
struct UpdatePlan : in_place::RingMap<Config::kOneSlot>,
                    in_place::WayBack<in_place::takes_back<Config>(), facts_size<Config>()> {
  static constexpr bool kEncrypts = !std::is_same<typename Config::Cipher, NoCipher>::value;
  static constexpr std::uint32_t kCipherEntrySize =
      kEncrypts ? 1 + CipherEntry::kBlockSize + CipherEntry::kMaxIdentifier : 1;

  std::uint32_t received;  ///< Patch bytes at the checkpoint.
  std::uint32_t written;   ///< Target bytes at the checkpoint.
  std::uint32_t identity;  ///< Tells one patch from another: tmd/internal/format/identity.hpp.
  Manifest manifest;
  ModelVersion version;
  std::uint32_t security_counter;
  std::uint32_t revoked_keys;
  std::uint8_t cipher_entry_size;
  std::uint8_t cipher_entry[kCipherEntrySize];
  Trailer<Config::kSelfTestSize + facts_size<Config>()> trailer;

  bool is_encrypted() const { return kEncrypts && manifest.encrypted; }
  /// False where this build has no room for such an entry, or no cipher at all.
  bool keep_cipher(ConstBytes entry) {
    if (!kEncrypts || entry.size() > kCipherEntrySize) return entry.empty();
    copy_bytes(entry, MutableBytes(cipher_entry));
    cipher_entry_size = static_cast<std::uint8_t>(entry.size());
    return true;
  }
  ConstBytes cipher() const { return ConstBytes(cipher_entry).first(cipher_entry_size); }
  /// Bytes that the target takes in its slot, with what lies behind it.
  std::uint32_t slot_bytes() const {
    return manifest.target_length + static_cast<std::uint32_t>(trailer.view().size() + this->kept().size());
  }
  bool is_format1() const { return Config::kFormat1 && manifest.version == kFormat1; }
  /// Bytes of the body that are still to come once `taken` bytes of the patch were taken. Format 2.
  std::uint32_t body_left(std::uint32_t taken) const {
    return manifest.body_offset + manifest.body_length - taken;
  }
  /// Format 1 does not say how long its body is: its decoder knows when to end.
  bool is_body_whole(std::uint32_t taken) const { return !is_format1() && body_left(taken) == 0; }
};

}  // namespace tmd
