// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "tmd/internal/format/format1.hpp"
#include "tmd/internal/format/format2.hpp"
#include "tmd/internal/format/identity.hpp"
#include "tmd/internal/format/manifest.hpp"
#include "tmd/internal/store/ring_map.hpp"

namespace tmd::host::patch {

/// Bytes of a block that is written in place, and spare ones: the most, and the least, that are planned for.
constexpr std::uint32_t kLeastBlock = 256;
constexpr std::uint32_t kMostBlock = 1U << 20;
constexpr std::uint32_t kLeastSpare = 2;
constexpr std::uint32_t kMostSpare = 4;

/// Bytes of the largest manifest, with its entries and signature, that any device takes.
constexpr std::uint32_t kLargestManifest = 0xE000;

/// A chunk of a format 1 patch.
struct Format1Chunk {
  std::uint32_t target_offset = 0;
  std::uint32_t target_length = 0;
  std::uint32_t patch_bytes = 0;  ///< Header, CRC and payload.
  bool run_length = false;
};

/// A whole patch in memory, of either format, with its front parsed.
struct PatchFile {
  std::filesystem::path path;
  Bytes bytes;
  Manifest manifest;
  std::vector<Entry> entries;        ///< Views into `bytes`, as format 2 numbers them.
  std::vector<Format1Chunk> chunks;  ///< Format 1 only.

  ConstBytes view() const { return ConstBytes(bytes.data(), bytes.size()); }
  /// Of format 1, which does not say how long it is: all that follows.
  ConstBytes body() const {
    const ConstBytes rest = view().from(manifest.body_offset);
    return manifest.version == kFormat1 ? rest : rest.first(manifest.body_length);
  }
  /// The second body, which turns the target into its base; empty where there is none.
  ConstBytes way_back() const { return view().from(manifest.body_offset + body().size()); }
  /// What may be read while it is applied: open where it is not one to be applied in place. Throws Error for one that
  /// no device has room for.
  codec::ReadWindow window() const;
  /// CRC-32 of the bytes before the body: what the device knows an interrupted update by.
  std::uint32_t identity() const { return identity_of(view(), manifest); }
};

/// Reads a patch and everything in it that can be checked without its base: manifest, entries, lengths, and a
/// format 1 patch's chunks with their CRCs. What no device takes, whatever it is configured for, is refused. Throws
/// Error, naming the file and what is wrong with it.
[[nodiscard]] PatchFile open_patch(const std::filesystem::path& path);
/// The same for bytes in memory; `path` is for messages.
[[nodiscard]] PatchFile parse_patch(const std::filesystem::path& path, Bytes bytes);

/// A status as an error line about this file: what it means and what to do about it.
[[nodiscard]] std::string explain(const std::filesystem::path& file, Status status);

/// Throws Error for a patch that a device refused. `decrypted`: it was given a secret for the body. Under another
/// secret a body is noise: what went wrong with it asks for the secret first.
[[noreturn]] void refuse_patch(const PatchFile& patch, Status status, bool decrypted);

}  // namespace tmd::host::patch
