// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tmd/auth/authentication.hpp"
#include "tmd/auth/freshness.hpp"
#include "tmd/format/format1.hpp"
#include "tmd/format/format2.hpp"
#include "tmd/guard/limits.hpp"
#include "tmd/store/snapshot.hpp"

namespace tmd {

/// What of a manifest's entries is still needed once they have been checked.
struct AcceptedEntries {
  FreshnessClaims claims;
  std::uint32_t revoked_keys = 0;
  ConstBytes cipher;  ///< A view into the manifest.
};

/// Parses the front of a patch of either format. See format1::parse and format2::parse; besides: not_a_patch,
/// unsupported_version.
[[nodiscard]] inline ManifestProgress parse_manifest(ConstBytes front, bool format1_allowed,
                                                     Manifest& manifest) {
  if (front.empty()) return ManifestProgress();
  const std::uint8_t version = front[0];
  if (version == kFormat2) return format2::parse(front, manifest);
  if (version == kFormat1 && format1_allowed) return format1::parse(front, manifest);
  // Formats to come will count on from here; anything else is not ours at all.
  constexpr std::uint8_t kLastPlausibleVersion = 15;
  const bool plausible = version != 0 && version <= kLastPlausibleVersion;
  return {plausible ? Status::unsupported_version : Status::not_a_patch, 0};
}

/// Checks the signature over a manifest, or that none is needed.
template <class Authentication>
[[nodiscard]] Status check_origin(Authentication& authentication, ConstBytes front, const Manifest& manifest,
                                  const Snapshot& known) {
  authentication.set_revoked(known.revoked_keys);
  if (!manifest.authenticated) return Authentication::kAllowsUnsigned ? Status::ok : Status::unsigned_patch;
  // A CRC binds nothing: whoever replaces the body can give it the CRC that was signed.
  if (manifest.target.kind != DigestKind::sha256 && !Authentication::kAllowsUnsigned)
    return Status::digest_too_weak;
  return authentication.verify(front.first(manifest.signed_size),
                               front.slice(manifest.authentication_offset, manifest.authentication_size));
}

namespace detail {

/// Entries that the updater itself reads.
template <class Authentication>
Status read_entry(const Authentication& authentication, const Entry& entry, AcceptedEntries& accepted) {
  if (entry.number == EntryNumber::cipher) accepted.cipher = entry.value;
  if (entry.number == EntryNumber::revoked_keys)
    return authentication.revocations(entry.value, accepted.revoked_keys);
  return accepted.claims.read(static_cast<std::uint8_t>(entry.number), entry.value);
}

template <class Reader, class Authentication, class Limits>
Status walk_entries(Reader reader, const Authentication& authentication, Limits& limits,
                    AcceptedEntries& accepted) {
  Entry entry;
  Status status = reader.next(entry);
  while (status == Status::ok) {
    status = read_entry(authentication, entry, accepted);
    if (status != Status::ok) return status;
    status = limits.entry(entry.number, entry.value);
    if (status == Status::not_found) {
      if (entry.critical && !is_known_entry(entry.number)) return Status::unknown_critical;
    } else if (status != Status::ok) {
      return status;
    }
    status = reader.next(entry);
  }
  return status == Status::not_found ? Status::ok : status;
}

inline ValidationMode validation_mode(ConstBytes entries) {
  EntryReader reader(entries);
  Entry entry;
  while (reader.next(entry) == Status::ok) {
    if (entry.number == EntryNumber::validation && entry.value[0] == 1) return ValidationMode::relaxed;
  }
  return ValidationMode::strict;
}

}  // namespace detail

/// Holds every entry of a manifest against the firmware: guardrails, then freshness.
/// unknown_critical, malformed_manifest, missing_entry, and what the policies refuse with.
template <class Authentication, class Limits, class Freshness>
[[nodiscard]] Status check_entries(const Authentication& authentication, Limits& limits,
                                   const Freshness& freshness, ConstBytes front, const Manifest& manifest,
                                   const Snapshot& known, AcceptedEntries& accepted) {
  const ConstBytes entries = front.slice(manifest.entries_offset, manifest.entries_size);
  const bool format1 = manifest.version == kFormat1;
  Status status = limits.begin(format1 ? ValidationMode::relaxed : detail::validation_mode(entries));
  if (status != Status::ok) return status;
  status = format1 ? detail::walk_entries(format1::EntryReader(entries), authentication, limits, accepted)
                   : detail::walk_entries(EntryReader(entries), authentication, limits, accepted);
  if (status == Status::ok) status = limits.end();
  if (status != Status::ok) return status;
  if (manifest.encrypted == accepted.cipher.empty()) {
    return manifest.encrypted ? Status::missing_entry : Status::malformed_manifest;
  }
  return freshness.check(accepted.claims,
                         FreshnessMemory{known.model(known.active).version, known.security_counter});
}

}  // namespace tmd
