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
  ModelVersion version;
  std::uint32_t security_counter = 0;
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
                                  std::uint32_t revoked_keys) {
  if (!manifest.authenticated) return Authentication::kAllowsUnsigned ? Status::ok : Status::unsigned_patch;
  return authentication.verify(front.first(manifest.signed_size),
                               front.slice(manifest.authentication_offset, manifest.authentication_size),
                               revoked_keys);
}

namespace detail {

template <class Authentication>
void note_entry(const Authentication& authentication, const Entry& entry, Claims& claims,
                AcceptedEntries& accepted) {
  const std::uint8_t* p = entry.value.data();
  switch (entry.number) {
    case EntryNumber::model_version:
      claims.has_version = true;
      claims.version = accepted.version = ModelVersion{load_le16(p), load_le16(p + 2), load_le16(p + 4)};
      break;
    case EntryNumber::security_counter:
      claims.has_counter = true;
      claims.security_counter = accepted.security_counter = load_le32(p);
      break;
    case EntryNumber::family:
      claims.family = entry.value;
      break;
    case EntryNumber::device_class:
      claims.device_class = entry.value;
      break;
    case EntryNumber::cipher:
      accepted.cipher = entry.value;
      break;
    case EntryNumber::revoked_keys:
      accepted.revoked_keys = authentication.keys_named(entry.value);
      break;
    default:
      break;
  }
}

template <class Reader, class Authentication, class Limits>
Status walk_entries(Reader reader, const Authentication& authentication, Limits& limits, Claims& claims,
                    AcceptedEntries& accepted) {
  Entry entry;
  Status status = reader.next(entry);
  while (status == Status::ok) {
    note_entry(authentication, entry, claims, accepted);
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
/// unknown_critical, malformed_manifest, and what the policies refuse with.
template <class Authentication, class Limits, class Freshness>
[[nodiscard]] Status check_entries(const Authentication& authentication, Limits& limits, Freshness& freshness,
                                   ConstBytes front, const Manifest& manifest, const Snapshot& known,
                                   AcceptedEntries& accepted) {
  const ConstBytes entries = front.slice(manifest.entries_offset, manifest.entries_size);
  const bool format1 = manifest.version == kFormat1;
  Claims claims;
  Status status = limits.begin(format1 ? ValidationMode::relaxed : detail::validation_mode(entries));
  if (status != Status::ok) return status;
  status = format1
               ? detail::walk_entries(format1::EntryReader(entries), authentication, limits, claims, accepted)
               : detail::walk_entries(EntryReader(entries), authentication, limits, claims, accepted);
  if (status == Status::ok) status = limits.end();
  if (status == Status::ok) status = freshness.check(claims, known);
  return status;
}

}  // namespace tmd
