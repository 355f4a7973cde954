// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "format/container.hpp"
#include "support/named_key.hpp"
#include "tmd/auth/authentication.hpp"
#include "tmd/internal/format/format2.hpp"

namespace tmd::test {

/// A manifest of a patch that is never applied, with its authentication block: what an Authentication policy is
/// shown.
class MadeManifest {
 public:
  explicit MadeManifest(std::vector<host::format::EntryToWrite> entries = {}) {
    host::format::PatchParts parts;
    parts.base.kind = parts.target.kind = DigestKind::sha256;
    parts.entries = std::move(entries);
    parts.authenticated = true;
    manifest_ = host::format::write_manifest(parts);
  }

  MadeManifest& sign(const NamedKey& key) {
    block_ = key.block_over(manifest_);
    return *this;
  }

  const Bytes& manifest() const { return manifest_; }
  Bytes& block() { return block_; }

  /// The way the updater takes it: parsed first.
  ManifestToVerify shown(std::uint32_t security_counter = 0) {
    patch_ = host::format::join_patch(manifest_, block_, {});
    Manifest parsed;
    const Status status = format2::parse(view(patch_), parsed);
    if (status != Status::ok) throw status;
    const ConstBytes patch = view(patch_);
    return ManifestToVerify{patch.first(parsed.signed_size),
                            patch.slice(parsed.authentication_offset, parsed.authentication_size),
                            patch.slice(parsed.entries_offset, parsed.entries_size), security_counter};
  }

 private:
  Bytes manifest_;
  Bytes block_;
  Bytes patch_;
};

inline host::format::EntryToWrite counter_entry(std::uint32_t counter) {
  Bytes value(4);
  store_le32(value.data(), counter);
  return {EntryNumber::security_counter, false, value};
}

/// One element of a revocation list.
inline Bytes listed(KeyName kind, const Bytes& name) {
  return join({Bytes{static_cast<std::uint8_t>(kind), static_cast<std::uint8_t>(name.size())}, name});
}
inline Bytes listed_identifier(const NamedKey& key) {
  return listed(KeyName::identifier, key.identifier);
}
inline Bytes listed_thumbprint(const NamedKey& key) {
  return listed(KeyName::thumbprint, key.verification.thumbprint());
}
inline Bytes listed_number(std::uint8_t number) {
  return listed(KeyName::number, {number});
}

}  // namespace tmd::test
