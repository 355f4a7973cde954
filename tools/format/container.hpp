// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "tmd/digest/digest.hpp"
#include "tmd/internal/format/entries.hpp"

namespace tmd::host::format {

/// One entry to be written into a manifest.
struct EntryToWrite {
  EntryNumber number;
  bool critical = false;
  Bytes value;
};

/// Everything that a format 2 patch is put together from.
struct PatchParts {
  Digest base;  ///< Of the whole base; the kind must be the same in both.
  Digest target;
  std::uint32_t base_length = 0;
  std::uint32_t target_length = 0;
  std::uint8_t codec_parameters = 0;
  std::vector<EntryToWrite> entries;  ///< In any order; each number once.
  bool authenticated = false;         ///< An authentication block will follow: part of what is signed.
  bool encrypted = false;
  std::uint32_t body_length = 0;
};

/// Appends an unsigned LEB128 number, as format 2 writes lengths.
void append_varint(Bytes& out, std::uint32_t value);

/// The manifest of a format 2 patch, from the version byte to its check: the bytes that a signature covers.
/// Throws std::invalid_argument where an entry number stands twice or a value has the wrong length.
Bytes write_manifest(const PatchParts& parts);

/// A whole patch: manifest, authentication block (with its length, where `authentication` is not empty),
/// body.
Bytes join_patch(const Bytes& manifest, const Bytes& authentication, const Bytes& body);

}  // namespace tmd::host::format
