// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/digest/digest.hpp"
#include "tmd/status.hpp"

namespace tmd::in_place {

/// What a manifest says of the way back: a second body, behind the first one, that turns the target into its base.
struct WayBackEntry {
  std::uint8_t codec_parameters = 0;
  std::uint32_t body_length = 0;  ///< Bytes; at least 1.
  Digest body;                    ///< Of these bytes, as they are before encryption; of the manifest's kind.
};

/// The value of that entry: u8 codec parameters, the digest, varint length of the body. malformed_manifest.
[[nodiscard]] inline Status parse_way_back(ConstBytes value, DigestKind kind, WayBackEntry& entry) {
  ByteReader reader(value);
  entry.codec_parameters = reader.u8();
  entry.body.kind = kind;
  copy_bytes(reader.take(digest_size(kind)), MutableBytes(entry.body.bytes.data(), Digest::kMaxSize));
  entry.body_length = reader.varint();
  const bool is_whole = !reader.failed() && reader.remaining() == 0 && entry.body_length != 0;
  return is_whole ? Status::ok : Status::malformed_manifest;
}

/// What an update in place knows of the way back, and what is kept behind the target until its trial has ended: the
/// digest of the staged patch, then the facts of the base. A configuration that takes nothing back has nothing of it.
template <bool kTakesBack, std::uint32_t kFactsSize>
struct WayBack {
  WayBackEntry way_back;
  bool is_back;  ///< The target is being taken back: base and target have changed places.
  std::uint16_t kept_facts_size;
  std::uint32_t front_size;  ///< Patch bytes before the first body.
  std::uint8_t kept_bytes[sizeof(Digest) + kFactsSize];

  /// Where the patch ends whose present body ends here.
  std::uint32_t end_of_patch(std::uint32_t end_of_body) const {
    return is_back ? end_of_body : end_of_body + way_back.body_length;
  }
  /// Where in the patch the first body begins, from which on it may be encrypted.
  std::uint32_t first_body(std::uint32_t /*body_offset*/) const { return front_size; }
  /// What lies behind the target's trailer.
  ConstBytes kept() const {
    const bool is_kept = !is_back && way_back.body_length != 0;
    return ConstBytes(kept_bytes).first(is_kept ? sizeof(Digest) + std::uint32_t{kept_facts_size} : 0);
  }
  void keep_patch(const Digest& patch) { copy_bytes(memory_of(patch), MutableBytes(kept_bytes)); }
  MutableBytes facts_room() { return MutableBytes(kept_bytes).from(sizeof(Digest)); }
};

template <std::uint32_t kFactsSize>
struct WayBack<false, kFactsSize> {
  static constexpr bool is_back = false;

  static constexpr std::uint32_t end_of_patch(std::uint32_t end_of_body) { return end_of_body; }
  static constexpr std::uint32_t first_body(std::uint32_t body_offset) { return body_offset; }
  static constexpr ConstBytes kept() { return ConstBytes(); }
  static constexpr void keep_patch(const Digest&) {}
};

}  // namespace tmd::in_place
