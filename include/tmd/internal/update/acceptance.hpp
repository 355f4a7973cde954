// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tmd/auth/authentication.hpp"
#include "tmd/auth/freshness.hpp"
#include "tmd/config.hpp"
#include "tmd/internal/format/format1.hpp"
#include "tmd/internal/format/identity.hpp"
#include "tmd/internal/guard/companion_entry.hpp"
#include "tmd/internal/update/body_decoder.hpp"
#include "tmd/internal/update/plan.hpp"
#include "tmd/limits.hpp"
#include "tmd/model_store.hpp"

namespace tmd {

/// What of a manifest's entries is still needed once they have been checked.
struct AcceptedEntries {
  FreshnessClaims claims;
  std::uint32_t revoked_keys = 0;
  ConstBytes cipher;    ///< A view into the manifest.
  ConstBytes in_place;  ///< The same.
};

/// Parses the front of a patch of either format. See format1::parse and format2::parse; besides: not_a_patch,
/// unsupported_version.
template <bool kTakesFormat1>
[[nodiscard]] Status parse_manifest(ConstBytes front, Manifest& manifest) {
  manifest.body_offset = 1;
  if (front.empty()) return Status::need_more;
  const std::uint8_t version = front[0];
  if (version == kFormat2) return format2::parse(front, manifest);
  if (kTakesFormat1 && version == kFormat1) return format1::parse(front, manifest);
  // Formats to come will count on from here; anything else is not ours at all.
  constexpr std::uint8_t kLastPlausibleVersion = 15;
  const bool plausible = version != 0 && version <= kLastPlausibleVersion;
  return plausible ? Status::unsupported_version : Status::not_a_patch;
}

/// Whether this firmware takes manifests of this kind at all, whoever signed them: ok, unsigned_patch, digest_too_weak.
template <class Authentication>
[[nodiscard]] Status check_kind(const Manifest& manifest) {
  if (Authentication::kAllowsUnsigned) return Status::ok;
  if (!manifest.authenticated) return Status::unsigned_patch;
  // A CRC binds nothing: whoever replaces the body can give it the CRC that was signed.
  return manifest.target.kind != DigestKind::sha256 ? Status::digest_too_weak : Status::ok;
}

/// Checks the signature over a manifest, or that none is needed.
template <class Authentication, class Digests>
[[nodiscard]] Status check_origin(Authentication& authentication, ConstBytes front, const Manifest& manifest,
                                  const Snapshot& known, Digests& digests) {
  authentication.set_revoked(known.revoked_keys);
  const Status status = check_kind<Authentication>(manifest);
  if (status != Status::ok || !manifest.authenticated) return status;
  const ManifestToVerify shown{front.first(manifest.signed_size),
                               front.slice(manifest.authentication_offset, manifest.authentication_size),
                               front.slice(manifest.entries_offset, manifest.entries_size),
                               known.security_counter};
  return authentication.verify(shown, digests);
}

namespace detail {

/// Entries that the updater itself reads.
template <class Authentication, class Digests>
Status read_entry(const Authentication& authentication, const Entry& entry, AcceptedEntries& accepted,
                  Digests& digests) {
  if (entry.number == EntryNumber::cipher) accepted.cipher = entry.value;
  if (entry.number == EntryNumber::in_place) accepted.in_place = entry.value;
  if (entry.number == EntryNumber::revoked_keys)
    return authentication.revocations(entry.value, accepted.revoked_keys, digests);
  accepted.claims.read(entry);
  return Status::ok;
}

/// Keeps an entry; what it says of companion data leads out of no model.
template <class Config>
Status keep_fact(const Entry& entry, UpdatePlan<Config>& plan) {
  CompanionEntry companion;
  const Status status = entry.number == EntryNumber::companion
                            ? parse_companion(entry.value, plan.manifest.target_length, companion)
                            : Status::ok;
  return status == Status::ok ? plan.trailer.keep_fact(entry) : status;
}

/// `kKeepsFacts`: what the limits were asked about is kept for firmware to come, too.
template <bool kKeepsFacts, class Reader, class Config>
Status walk_entries(Reader reader, Policies<Config>& policies, AcceptedEntries& accepted,
                    UpdatePlan<Config>& plan, typename Config::Digests& digests) {
  Entry entry;
  for (;;) {
    Status status = reader.next(entry);
    if (status != Status::ok) return status == Status::not_found ? Status::ok : status;
    status = read_entry(policies.authentication, entry, accepted, digests);
    if (status != Status::ok) return status;
    const bool kept = Config::kSelfTestSize != 0 && entry.number == EntryNumber::self_test;
    status = policies.limits.entry(entry.number, entry.value);
    const bool is_fact = (status == Status::ok && entry.number != EntryNumber::self_test) ||
                         entry.number == EntryNumber::validation || Config::keeps_entry(entry.number);
    if (status == Status::not_found) {
      if (entry.critical && !kept && !is_known_entry(entry.number)) return Status::unknown_critical;
      status = Status::ok;
    }
    if (status == Status::ok && kKeepsFacts && is_fact) status = keep_fact(entry, plan);
    if (status != Status::ok) return status;
  }
}

/// The self-test goes in front of the facts, so it is looked for first.
template <class Config>
Status keep_self_test(ConstBytes entries, UpdatePlan<Config>& plan) {
  EntryReader reader(entries);
  Entry entry;
  while (reader.next(entry) == Status::ok) {
    if (entry.number == EntryNumber::self_test)
      return plan.trailer.keep_self_test(entry.value, Config::kSelfTestSize);
  }
  return Status::ok;
}

}  // namespace detail

/// Holds every entry of a manifest against the firmware: guardrails, then freshness.
/// unknown_critical, malformed_manifest, missing_entry, and what the policies refuse with.
template <class Config>
[[nodiscard]] Status check_entries(Policies<Config>& policies, ConstBytes front, const Snapshot& known,
                                   AcceptedEntries& accepted, UpdatePlan<Config>& plan,
                                   typename Config::Digests& digests) {
  const Manifest& manifest = plan.manifest;
  const ConstBytes entries(front.data() + manifest.entries_offset, manifest.entries_size);
  // The constant first: a build without format 1 has no trace of it.
  const bool format1 = Config::kFormat1 && manifest.version == kFormat1;
  Status status = policies.limits.begin(format1 ? ValidationMode::relaxed : validation_mode(entries));
  if (status == Status::ok && Config::kSelfTestSize != 0 && !format1)
    status = detail::keep_self_test(entries, plan);
  if (status == Status::ok) {
    status = format1 ? detail::walk_entries<false>(format1::EntryReader(entries), policies, accepted, plan,
                                                   digests)
                     : detail::walk_entries<facts_size<Config>() != 0>(EntryReader(entries), policies,
                                                                       accepted, plan, digests);
  }
  if (status == Status::ok) status = policies.limits.end();
  if (status != Status::ok) return status;
  if (manifest.encrypted == accepted.cipher.empty()) {
    return manifest.encrypted ? Status::missing_entry : Status::malformed_manifest;
  }
  return policies.freshness.check(accepted.claims,
                                  FreshnessMemory{known.model(known.active).version, known.security_counter});
}

/// Whether bodies under this manifest were refused so often that it is not taken any more, or under so many that no
/// other one is but a newer one.
template <class Config>
[[nodiscard]] bool is_worn_out(const Snapshot& known, std::uint32_t identity, std::uint32_t counter) {
  static_assert(Config::kMostAttempts <= 15, "Config: kMostAttempts is at most 15.");
  // Who only repeats what was signed before has no newer one.
  if (Config::kMostAttempts == 0 || known.is_newer(counter)) return false;
  const unsigned attempts = known.update_identity == identity ? known.refusals() : known.turns();
  return attempts >= Config::kMostAttempts;
}

/// Everything that can be said of a patch without reading or writing flash: its origin, its entries, whether
/// this build can decode it, whether the target fits the slot. Fills in the plan.
template <class Config>
[[nodiscard]] Status accept(Policies<Config>& policies, ConstBytes front, const Snapshot& known,
                            Region target_slot, UpdatePlan<Config>& plan, typename Config::Digests& digests) {
  const Manifest& manifest = plan.manifest;
  Status status = check_origin(policies.authentication, front, manifest, known, digests);
  if (status != Status::ok) return status;
  if (manifest.target.kind < Config::kWeakestDigest) return Status::digest_too_weak;
  // No model is nothing to run: `wipe` is for that.
  if (manifest.target_length == 0) return Status::malformed_manifest;
  AcceptedEntries accepted;
  status = check_entries(policies, front, known, accepted, plan, digests);
  if (status != Status::ok) return status;
  if (!fits(manifest.target_length, static_cast<std::uint32_t>(plan.trailer.view().size()), target_slot.size))
    return Status::target_too_large;
  status = plan.keep_window(accepted.in_place);
  if (status != Status::ok) return status;
  if (!plan.keep_cipher(accepted.cipher)) return Status::unsupported_algorithm;
  plan.version = accepted.claims.version;
  plan.security_counter = accepted.claims.security_counter;
  plan.revoked_keys = accepted.revoked_keys;
  plan.identity = identity_of(front, manifest);
  if (is_worn_out<Config>(known, plan.identity, plan.security_counter)) return Status::too_many_attempts;
  return BodyDecoder<Config>::check(manifest);
}

/// Whether the active model is what the patch was made against: ok, wrong_base_length, wrong_base,
/// unsupported_digest, read_failed; would_block while more of it is to be read. A patch from an empty base fits every
/// device; full_model_refused, needs_gap where the configuration takes none and there is a whole model that can be run.
template <class Config>
[[nodiscard]] Status check_base_of(const Manifest& manifest, ModelStore<Config>& store) {
  if (manifest.base_length == 0) {
    const bool is_welcome = (Config::kTakesFullModels && (Config::kAllowGap || !Config::kOneSlot)) ||
                            !store.is_usable() || store.verify_active() != Status::ok;
    return is_welcome                 ? Status::ok
           : Config::kTakesFullModels ? Status::needs_gap
                                      : Status::full_model_refused;
  }
  if (store.active_region().size != manifest.base_length) return Status::wrong_base_length;
  if (manifest.base.kind == DigestKind::none) return Status::ok;
  const Status status =
      store.slots().go_on_checking(store.snapshot().active, manifest.base_length, manifest.base);
  return status == Status::target_mismatch ? Status::wrong_base : status;
}

/// Verifies the target that was written to the inactive slot: ok, target_mismatch, read_failed; would_block while more
/// of it is to be read. Where the
/// manifest, one of format 1, declares no digest there is nothing to compare; the target's CRC-32 is filled in.
template <class Config>
[[nodiscard]] Status check_target_of(Manifest& manifest, ModelStore<Config>& store) {
  const SlotId slot = store.inactive_slot();
  if (!Config::kFormat1 || manifest.target.kind != DigestKind::none)
    return store.slots().go_on_checking(slot, manifest.target_length, manifest.target);
  return store.slots().digest(slot, manifest.target_length, DigestKind::crc32, manifest.target);
}

}  // namespace tmd
