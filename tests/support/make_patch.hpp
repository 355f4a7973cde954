// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include "codec/encode_body.hpp"
#include "format/container.hpp"
#include "tmd/digest/digests.hpp"

namespace tmd::test {

/// The body between two models; planned quickly, since what is tested is a device, if nothing else is said.
inline host::EncodedBody encoded(const host::Bytes& base, const host::Bytes& target,
                                 host::Effort effort = host::Effort::quick) {
  host::EncodeOptions options;
  options.effort = effort;
  return host::encode_body(host::view(base), host::view(target), options);
}

/// What a right manifest says of this body, with these entries.
inline host::format::PatchParts parts_of_body(const host::Bytes& base, const host::Bytes& target,
                                              const host::EncodedBody& body, DigestKind kind,
                                              std::vector<host::format::EntryToWrite> entries = {}) {
  host::format::PatchParts parts;
  parts.base = digest_of(kind, host::view(base));
  parts.target = digest_of(kind, host::view(target));
  parts.base_length = static_cast<std::uint32_t>(base.size());
  parts.target_length = static_cast<std::uint32_t>(target.size());
  parts.codec_parameters = body.parameters;
  parts.entries = std::move(entries);
  parts.body_length = static_cast<std::uint32_t>(body.bytes.size());
  return parts;
}

/// A format 2 patch, unsigned, whose manifest is right and whose body is this one.
inline host::Bytes patch_of_body(const host::Bytes& base, const host::Bytes& target,
                                 const host::EncodedBody& body, DigestKind kind = DigestKind::crc32,
                                 std::vector<host::format::EntryToWrite> entries = {}) {
  const host::format::PatchParts parts = parts_of_body(base, target, body, kind, std::move(entries));
  return host::format::join_patch(host::format::write_manifest(parts), {}, body.bytes);
}

/// One from `base` to `target` with these entries.
inline host::Bytes make_patch(const host::Bytes& base, const host::Bytes& target,
                              DigestKind kind = DigestKind::crc32,
                              std::vector<host::format::EntryToWrite> entries = {},
                              host::Effort effort = host::Effort::quick) {
  return patch_of_body(base, target, encoded(base, target, effort), kind, std::move(entries));
}

}  // namespace tmd::test
