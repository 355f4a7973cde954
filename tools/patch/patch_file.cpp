// SPDX-License-Identifier: Apache-2.0
#include "patch/patch_file.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "tmd/internal/auth/revocation_list.hpp"
#include "tmd/internal/update/acceptance.hpp"

namespace tmd::host::patch {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, Status status) {
  throw Error(explain(path, status));
}

template <class Reader>
std::vector<Entry> read_entries(Reader reader, const std::filesystem::path& path) {
  std::vector<Entry> entries;
  Entry entry;
  Status status = reader.next(entry);
  while (status == Status::ok) {
    entries.push_back(entry);
    status = reader.next(entry);
  }
  if (status != Status::not_found) refuse(path, status);
  return entries;
}

/// Bytes that a run-length payload stands for.
std::uint32_t runs_length(ConstBytes payload) {
  std::uint32_t length = 0;
  for (std::size_t i = 0; i + 1 < payload.size(); i += 2) length += payload[i] == 0 ? 256U : payload[i];
  return length;
}

Format1Chunk read_chunk(ByteReader& reader, std::uint32_t previous_end, const PatchFile& patch) {
  const std::size_t start = reader.position();
  Format1Chunk chunk;
  chunk.target_offset = reader.u32();
  const std::uint16_t size = reader.u16();
  const std::uint8_t encoding = reader.u8();
  const std::uint8_t has_crc = reader.u8();
  const std::uint32_t crc = has_crc != 0 ? reader.u32() : 0;
  const ConstBytes payload = reader.take(size);
  if (reader.failed()) refuse(patch.path, Status::body_truncated);
  chunk.run_length = encoding == format1::kEncodingRunLength;
  chunk.target_length = chunk.run_length ? runs_length(payload) : size;
  chunk.patch_bytes = static_cast<std::uint32_t>(reader.position() - start);
  const bool odd_runs = chunk.run_length && size % 2 != 0;
  if (has_crc <= 1 && encoding > format1::kEncodingRunLength) refuse(patch.path, Status::unsupported_option);
  if (has_crc > 1 || odd_runs || chunk.target_offset < previous_end ||
      !fits(chunk.target_offset, chunk.target_length, patch.manifest.target_length)) {
    refuse(patch.path, Status::body_malformed);
  }
  if (has_crc != 0 && Crc32::of(payload) != crc) refuse(patch.path, Status::chunk_corrupt);
  return chunk;
}

/// A device leaves bytes behind the patch alone, as links pad; a file that has some is not what was made.
[[noreturn]] void refuse_overlong(const std::filesystem::path& file) {
  throw Error(fmt::format(
      "{}: there are bytes after the end of the patch; transfer the file again or make it anew with tmd diff",
      file.string()));
}

std::vector<Format1Chunk> read_chunks(const PatchFile& patch) {
  std::vector<Format1Chunk> chunks;
  ByteReader reader(patch.body());
  std::uint32_t end = 0;
  // What no chunk brings is the base's, as far as it goes.
  const auto can_keep = [&](std::uint32_t from, std::uint32_t to) {
    return from >= to || to <= patch.manifest.base_length;
  };
  for (unsigned i = 0; i < patch.manifest.chunk_count; ++i) {
    chunks.push_back(read_chunk(reader, end, patch));
    if (!can_keep(end, chunks.back().target_offset)) refuse(patch.path, Status::body_malformed);
    end = chunks.back().target_offset + chunks.back().target_length;
  }
  if (!can_keep(end, patch.manifest.target_length)) refuse(patch.path, Status::body_malformed);
  if (reader.remaining() != 0) refuse_overlong(patch.path);
  return chunks;
}

/// Bytes of the second body, as the manifest says.
std::size_t way_back_length(const PatchFile& patch) {
  in_place::WayBackEntry way_back;
  for (const Entry& entry : patch.entries) {
    if (entry.number == EntryNumber::way_back &&
        in_place::parse_way_back(entry.value, patch.manifest.target.kind, way_back) != Status::ok)
      refuse(patch.path, Status::malformed_manifest);
  }
  return way_back.body_length;
}

/// What of an entry says how it is made: ok, malformed_manifest.
Status check_entry(const Entry& entry, std::uint32_t target_length) {
  codec::ReadWindow window;
  CompanionEntry companion;
  Status status = Status::ok;
  if (entry.number == EntryNumber::in_place) status = in_place::parse_window(entry.value, window);
  if (entry.number == EntryNumber::companion) status = parse_companion(entry.value, target_length, companion);
  if (entry.number == EntryNumber::revoked_keys) {
    RevocationListReader list(entry.value);
    ListedKey key;
    while (status == Status::ok) status = list.next(key);
    if (status == Status::not_found) status = Status::ok;
  }
  return status == Status::ok ? Status::ok : Status::malformed_manifest;
}

/// What every device looks at before it takes a byte of the body.
Status check_manifest(const PatchFile& patch) {
  const Manifest& manifest = patch.manifest;
  if (manifest.body_offset > kLargestManifest) return Status::manifest_too_large;
  if (manifest.target_length == 0) return Status::malformed_manifest;
  bool has_cipher = false;
  for (const Entry& entry : patch.entries) {
    if (check_entry(entry, manifest.target_length) != Status::ok) return Status::malformed_manifest;
    has_cipher = has_cipher || entry.number == EntryNumber::cipher;
  }
  if (manifest.encrypted == has_cipher) return Status::ok;
  return has_cipher ? Status::malformed_manifest : Status::missing_entry;
}

/// What a person can do; empty where the meaning says it all.
const char* advice_for(Status status) {
  switch (status) {
    case Status::need_more:
    case Status::body_truncated:
    case Status::manifest_corrupt:
    case Status::malformed_manifest:
    case Status::malformed_signature:
    case Status::missing_entry:
    case Status::body_malformed:
    case Status::chunk_corrupt:
    case Status::target_mismatch:
      return "transfer the file again or make it anew with tmd diff";
    case Status::not_a_patch:
      return "give a file that tmd diff made";
    case Status::unsupported_option:
      return "make it without (of format 1: no LZ4 chunks, no copy and add, no CMAC digests)";
    case Status::unsupported_version:
    case Status::unsupported_digest:
    case Status::unknown_critical:
      return "use a newer tmd";
    case Status::wrong_base_length:
    case Status::wrong_base:
      return "give the very model that the patch was made from";
    case Status::manifest_too_large:
      return "none takes more than 57,344 bytes: make the patch with less in it, as a shorter --meta, or a "
             "self-test "
             "with --self-test-seed, whose input takes 5 bytes";
    case Status::needs_more_memory:
      return "make the patch for a smaller device with tmd diff --ram";
    case Status::unsupported_algorithm:
    case Status::cipher_failure:
      return "the body is encrypted: give its secret with --decrypt where the command has it, or use a newer "
             "tmd";
    default:
      return "";
  }
}

}  // namespace

std::string explain(const std::filesystem::path& file, Status status) {
  const char* meaning = to_string(
      status == Status::need_more || status == Status::offset_gap ? Status::body_truncated : status);
  const std::string advice = advice_for(status);
  return fmt::format("{}: {}{}{}", file.string(), meaning, advice.empty() ? "" : "; ", advice);
}

PatchFile open_patch(const std::filesystem::path& path) {
  return parse_patch(path, read_file(path));
}

PatchFile parse_patch(const std::filesystem::path& path, Bytes bytes) {
  PatchFile patch;
  patch.path = path;
  patch.bytes = std::move(bytes);
  const Status parsed = parse_manifest<true>(patch.view(), patch.manifest);
  if (parsed != Status::ok) refuse(path, parsed);
  const Manifest& manifest = patch.manifest;
  if (manifest.base_length > kLargestFile || manifest.target_length > kLargestFile) {
    throw Error(fmt::format("{}: declares a model of more than {} MiB; {}", path.string(), kLargestFile >> 20,
                            advice_for(Status::malformed_manifest)));
  }
  const ConstBytes entries = patch.view().slice(manifest.entries_offset, manifest.entries_size);
  const bool is_format1 = manifest.version == kFormat1;
  patch.entries = is_format1 ? read_entries(format1::EntryReader(entries), path)
                             : read_entries(EntryReader(entries), path);
  if (const Status status = check_manifest(patch); status != Status::ok) refuse(path, status);
  if (is_format1) {
    patch.chunks = read_chunks(patch);
    return patch;
  }
  const std::size_t second = way_back_length(patch);
  if (patch.body().size() < manifest.body_length || patch.way_back().size() < second)
    refuse(path, Status::body_truncated);
  if (patch.way_back().size() > second) refuse_overlong(path);
  return patch;
}

void refuse_patch(const PatchFile& patch, Status status, bool decrypted) {
  const bool is_of_body = status == Status::body_malformed || status == Status::body_truncated ||
                          status == Status::target_mismatch || status == Status::cipher_failure;
  if (is_of_body && patch.manifest.encrypted && decrypted) {
    throw Error(fmt::format("{}: {}; is this the secret that it was encrypted with?", patch.path.string(),
                            to_string(status)));
  }
  throw Error(explain(patch.path, status));
}

codec::ReadWindow PatchFile::window() const {
  codec::ReadWindow window;
  for (const Entry& entry : entries) {
    if (entry.number == EntryNumber::in_place && in_place::parse_window(entry.value, window) != Status::ok)
      throw Error(explain(path, Status::malformed_manifest));
  }
  const bool is_planned_for = window.block_size >= kLeastBlock && window.block_size <= kMostBlock &&
                              window.spare >= kLeastSpare && window.spare <= kMostSpare;
  if (!window.is_open() && !is_planned_for) {
    throw Error(fmt::format(
        "{}: it is for {} spare blocks of {} bytes; tmd knows {} to {} of {} to {} bytes: make the patch "
        "anew",
        path.string(), window.spare, window.block_size, kLeastSpare, kMostSpare, kLeastBlock, kMostBlock));
  }
  return window;
}

}  // namespace tmd::host::patch
