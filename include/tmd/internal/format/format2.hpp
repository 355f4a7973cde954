// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/digest/crc32.hpp"
#include "tmd/internal/format/entries.hpp"
#include "tmd/internal/format/manifest.hpp"

namespace tmd::format2 {

// Header byte 1.
constexpr std::uint8_t kDigestMask = 0x03;
constexpr std::uint8_t kAuthenticated = 0x04;
constexpr std::uint8_t kEncrypted = 0x08;
constexpr std::uint8_t kReservedFlags = 0xF0;

constexpr std::uint32_t kCheckSize = 2;
/// Entries and authentication block are each at most this long, so that no sum of lengths can wrap.
constexpr std::uint32_t kMaxPartSize = 0xFFFF;

/// The manifest's own check: the low half of the CRC-32 of every byte before it. It tells damage from intent
/// no better than any CRC; authenticity is the signature's matter.
constexpr std::uint16_t check_of(ConstBytes before) {
  return static_cast<std::uint16_t>(Crc32::of(before));
}

/// Every entry is well-formed, in order, and of the length its number prescribes.
[[nodiscard]] constexpr Status validate_entries(ConstBytes entries) {
  EntryReader reader(entries);
  Entry entry;
  Status status = Status::ok;
  while (status == Status::ok) status = reader.next(entry);
  return status == Status::not_found ? Status::ok : status;
}

/// Parses the front of a format 2 patch. `front` may hold any number of bytes from the first one on;
/// `manifest` is a fresh one, or as a call with fewer bytes of the same patch left it.
/// ok; need_more: at least `manifest.body_offset` bytes are needed; malformed_manifest, manifest_too_large,
/// malformed_signature, unsupported_digest, manifest_corrupt.
[[nodiscard]] inline Status parse(const ConstBytes& front, Manifest& manifest) {
  const std::uint32_t one_more = static_cast<std::uint32_t>(front.size()) + 1;
  ByteReader reader(front);
  manifest.body_offset = one_more;
  manifest.version = reader.u8();
  const std::uint8_t flags = reader.u8();
  manifest.codec_parameters = reader.u8();
  manifest.base_length = reader.varint();
  manifest.target_length = manifest.base_length + unzigzag_bits(reader.varint());
  manifest.body_length = reader.varint();
  manifest.entries_size = reader.varint();
  if (reader.ran_out()) return Status::need_more;
  if (reader.failed() || (flags & kReservedFlags) != 0) return Status::malformed_manifest;
  if (manifest.entries_size > kMaxPartSize) return Status::manifest_too_large;
  const DigestKind kind = static_cast<DigestKind>(flags & kDigestMask);
  const std::uint32_t digest_bytes = static_cast<std::uint32_t>(digest_size(kind));
  if (digest_bytes == 0) return Status::unsupported_digest;
  manifest.authenticated = (flags & kAuthenticated) != 0;
  manifest.encrypted = (flags & kEncrypted) != 0;
  manifest.base.kind = manifest.target.kind = kind;

  const std::uint32_t digests_offset = static_cast<std::uint32_t>(reader.position());
  manifest.entries_offset = digests_offset + 2 * digest_bytes;
  const std::uint32_t check_offset = manifest.entries_offset + manifest.entries_size;
  manifest.signed_size = manifest.body_offset = check_offset + kCheckSize;
  if (front.size() < manifest.signed_size) return Status::need_more;
  const std::uint8_t* digests = reader.take(manifest.signed_size - digests_offset).data();
  copy_bytes(digests, manifest.base.bytes.data(), digest_bytes);
  copy_bytes(digests + digest_bytes, manifest.target.bytes.data(), digest_bytes);
  if (load_le16(front.data() + check_offset) != check_of(ConstBytes(front.data(), check_offset)))
    return Status::manifest_corrupt;
  const ConstBytes entries(front.data() + manifest.entries_offset, manifest.entries_size);
  if (validate_entries(entries) != Status::ok) return Status::malformed_manifest;

  if (!manifest.authenticated) return Status::ok;
  manifest.body_offset = one_more;
  manifest.authentication_size = reader.varint();
  if (reader.ran_out()) return Status::need_more;
  if (reader.failed()) return Status::malformed_signature;
  if (manifest.authentication_size > kMaxPartSize) return Status::manifest_too_large;
  manifest.authentication_offset = static_cast<std::uint32_t>(reader.position());
  manifest.body_offset = manifest.authentication_offset + manifest.authentication_size;
  return front.size() < manifest.body_offset ? Status::need_more : Status::ok;
}

}  // namespace tmd::format2
