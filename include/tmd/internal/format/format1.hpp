// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/format/entries.hpp"
#include "tmd/internal/format/manifest.hpp"

namespace tmd::format1 {

// The published format of the original project, little-endian and packed: an 80-byte header, metadata,
// chunks.
constexpr std::uint32_t kHeaderSize = 80;
constexpr std::uint32_t kDigestFieldSize = 32;
constexpr std::uint32_t kChunkHeaderSize = 8;  ///< Without the CRC that may follow it.
constexpr std::uint8_t kEncodingRaw = 0;
constexpr std::uint8_t kEncodingRunLength = 1;
/// What the original runtime decodes a run-length chunk into; ours needs no such buffer.
constexpr std::uint32_t kOriginalRunLengthLimit = 1024;

/// Metadata tags; from 0x80 on they are the vendor's. A value of zero means "not stated".
enum class Tag : std::uint8_t {
  arena_bytes = 1,
  abi = 2,
  operator_hash = 3,
  io_hash = 4,
  first_vendor = 0x80
};

/// Parses the front of a format 1 patch: header and metadata.
/// ok; need_more: at least `manifest.body_offset` bytes are needed; unsupported_option: the original's newer options
/// (a MAC in place of the digest, flags) are not read; malformed_manifest.
[[nodiscard]] inline Status parse(ConstBytes front, Manifest& manifest) {
  ByteReader reader(front);
  manifest = Manifest();
  manifest.body_offset = kHeaderSize;
  if (front.size() < manifest.body_offset) return Status::need_more;
  manifest.version = reader.u8();
  const std::uint8_t algorithm = reader.u8();
  manifest.chunk_count = reader.u16();
  manifest.base_length = reader.u32();
  manifest.target_length = reader.u32();
  if (algorithm > static_cast<std::uint8_t>(DigestKind::sha256)) return Status::unsupported_option;
  manifest.base.kind = manifest.target.kind = static_cast<DigestKind>(algorithm);
  const std::size_t size = digest_size(manifest.base.kind);
  copy_bytes(reader.take(kDigestFieldSize).first(size), MutableBytes(manifest.base.bytes.data(), size));
  copy_bytes(reader.take(kDigestFieldSize).first(size), MutableBytes(manifest.target.bytes.data(), size));
  manifest.entries_size = reader.u16();
  const std::uint16_t flags = reader.u16();
  if (flags != 0) return Status::unsupported_option;
  manifest.entries_offset = kHeaderSize;
  manifest.body_offset = kHeaderSize + manifest.entries_size;
  manifest.signed_size = manifest.body_offset;
  return front.size() < manifest.body_offset ? Status::need_more : Status::ok;
}

/// Walks the metadata and gives each statement as the entry of format 2 that says the same. Entries with the
/// value zero are skipped, as are vendor tags, which the original runtime does not read either.
class EntryReader {
 public:
  constexpr explicit EntryReader(ConstBytes metadata) : reader_(metadata) {}

  /// ok; not_found at the end; malformed_manifest where a length is wrong.
  constexpr Status next(Entry& entry) {
    while (reader_.remaining() != 0) {
      const Tag tag = static_cast<Tag>(reader_.u8());
      entry.value = reader_.take(reader_.u8());
      entry.critical = false;
      if (reader_.failed()) return Status::malformed_manifest;
      if (tag < Tag::arena_bytes || tag > Tag::io_hash) continue;
      if (entry.value.size() != (tag == Tag::abi ? 2U : 4U)) return Status::malformed_manifest;
      bool stated = false;
      for (const std::uint8_t byte : entry.value) stated = stated || byte != 0;
      if (!stated) continue;
      entry.number = tag == Tag::arena_bytes     ? EntryNumber::arena_bytes
                     : tag == Tag::abi           ? EntryNumber::abi
                     : tag == Tag::operator_hash ? EntryNumber::format1_operator_hash
                                                 : EntryNumber::format1_io_hash;
      return Status::ok;
    }
    return Status::not_found;
  }

 private:
  ByteReader reader_;
};

}  // namespace tmd::format1
