// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tmd/auth/trusted_key.hpp"
#include "tmd/auth/verifier.hpp"
#include "tmd/bytes.hpp"
#include "tmd/internal/auth/cose.hpp"
#include "tmd/internal/auth/revocation_list.hpp"
#include "tmd/status.hpp"

namespace tmd {

/// What an Authentication policy is shown of a patch. Nothing in it is to be believed yet.
struct ManifestToVerify {
  ConstBytes signed_bytes;  ///< Every byte from the version through the 16-bit check.
  ConstBytes block;         ///< The authentication block.
  ConstBytes entries;       ///< Of the signed bytes those that are entries, well-formed (EntryReader).
  std::uint32_t security_counter = 0;  ///< The highest one that this device has committed.
};

// The Authentication policy decides whose patches a device takes. A class with
//
//     static constexpr bool kAllowsUnsigned;  // whether a patch without an authentication block is taken
//     void set_revoked(std::uint32_t keys);   // before each patch: the stored set, one bit a key number
//     Status verify(const ManifestToVerify& manifest, Digests& digests);
//     Status revocations(ConstBytes list, std::uint32_t& keys, Digests& digests);
//         // entry 0x12 of the manifest just verified
//
// where Digests is the configuration's, or a template parameter. The updater calls `verify` once the whole
// manifest is in RAM: before it reads the base, before it erases or programs anything.

/// Takes patches whose manifest carries a COSE signature or MAC of a trusted key, and no others.
/// `Verifier` is a Verifier policy or `Verifiers<…>`, `Keys` says where the table of keys is:
///
///     constexpr tmd::TrustedKey kTrusted[] = {{0, tmd::CoseAlgorithm::es256, kIdentifier, kPoint}};
///     using Authentication = tmd::CoseAuthentication<tmd::Verifiers<tmd::PsaEs256>, tmd::FixedKeys<kTrusted>>;
///
/// or, at run time, `CoseAuthentication<…> authentication(keys)`.
template <class Verifier, class Keys = KeyTable>
class CoseAuthentication {
 public:
  static constexpr bool kAllowsUnsigned = false;

  /// With the keys of `FixedKeys`; with a `KeyTable`, which is then empty, nothing verifies.
  CoseAuthentication() = default;
  /// The table is not copied: it must outlive this object.
  explicit CoseAuthentication(const Keys& keys) : keys_(keys) {}

  /// Begins the check of a patch: nobody has signed it yet.
  void set_revoked(std::uint32_t keys) {
    revoked_ = keys;
    signer_ = nullptr;
  }

  /// Statuses: ok; malformed_signature (not the COSE structure of `parse_cose`); unsupported_algorithm (no
  /// verifier here); unknown_key (no trusted key of that identifier for that algorithm, or the key store does not
  /// hold it); revoked_key; bad_signature; and the verifier's own wrong_state, out_of_memory,
  /// unsupported_digest. Only ok means that the manifest may be believed. Where several trusted keys go by one
  /// identifier, or by none, each is tried.
  template <class Digests>
  Status verify(const ManifestToVerify& manifest, Digests& digests) {
    CoseMessage message;
    const Status parsed = open(manifest, message);
    return parsed == Status::ok ? believe(message, manifest, digests) : parsed;
  }

  /// Reads a revocation list (RevocationListReader) from the manifest that `verify` just accepted, and gives
  /// the set of revoked keys as it shall be stored with the commit: what was revoked before and what is listed
  /// now. Keys that this firmware does not know are passed over: one list serves a whole fleet.
  ///
  /// Statuses: ok; unsigned_patch without a verified manifest; unknown_key where the signer may not revoke, or
  /// is listed itself, by whatever name (a device must not be talked into trusting nobody);
  /// malformed_manifest where the list is malformed; unsupported_digest where a thumbprint could not be
  /// computed.
  template <class Digests>
  Status revocations(ConstBytes list, std::uint32_t& keys, Digests& digests) const {
    keys = revoked_;
    if (signer_ == nullptr) return Status::unsigned_patch;
    if (!signer_->may_revoke) return Status::unknown_key;
    std::uint32_t listed = 0;
    RevocationListReader reader(list);
    ListedKey element;
    Status status = reader.next(element);
    for (; status == Status::ok; status = reader.next(element)) {
      const Status added = element.add_to(listed, keys_, digests);
      if (added != Status::ok) return added;
    }
    if (status != Status::not_found) return status;
    if ((listed & revocation_bit(signer_->number)) != 0) return Status::unknown_key;
    keys |= listed;
    return Status::ok;
  }

 protected:
  /// Reads the block: ok, malformed_signature, unsupported_algorithm.
  Status open(const ManifestToVerify& manifest, CoseMessage& message) {
    signer_ = nullptr;
    const Status parsed = parse_cose(manifest.block, message);
    if (parsed != Status::ok) return parsed;
    return supports(message) ? Status::ok : Status::unsupported_algorithm;
  }
  static constexpr bool supports(const CoseMessage& message) {
    return Verifier::supports(message.is_mac, message.algorithm);
  }
  bool is_revoked(std::uint8_t number) const { return (revocation_bit(number) & revoked_) != 0; }
  /// Checks one signature: ok, bad_signature, unknown_key, the verifier's own.
  template <class Digests>
  Status check(const TrustedKey& key, const CoseMessage& message, ConstBytes payload, Digests& digests) {
    const ToBeSigned signed_bytes(message, payload);
    return verifier_.verify(key, signed_bytes.pieces(), message.signature, digests);
  }
  /// The same with the key of the table that the block names, one that may certify where that is asked for:
  /// ok, with `signer` set; unknown_key, revoked_key, bad_signature, the verifier's own.
  template <class Digests>
  Status check_pinned(const CoseMessage& message, ConstBytes payload, bool to_certify, Digests& digests,
                      const TrustedKey*& signer) {
    Status status = Status::unknown_key;
    for (const TrustedKey& key : keys_) {
      if (!is_named(key, message) || (to_certify && !key.may_certify)) continue;
      if (is_revoked(key.number)) {
        if (status == Status::unknown_key) status = Status::revoked_key;
        continue;
      }
      const Status checked = check(key, message, payload, digests);
      if (checked == Status::ok) signer = &key;
      if (checked != Status::bad_signature && checked != Status::unknown_key) return checked;
      if (checked == Status::bad_signature) status = checked;
    }
    return status;
  }
  /// Checks the manifest's signature by a key of the table, who is the signer from then on.
  template <class Digests>
  Status believe(const CoseMessage& message, const ManifestToVerify& manifest, Digests& digests) {
    return check_pinned(message, manifest.signed_bytes, false, digests, signer_);
  }
  const Keys& trusted_keys() const { return keys_; }
  void set_signer(const TrustedKey& key) { signer_ = &key; }

 private:
  static bool is_named(const TrustedKey& key, const CoseMessage& message) {
    return static_cast<std::int32_t>(key.algorithm) == message.algorithm &&
           equal_bytes(key.identifier, message.key_identifier);
  }

  std::uint32_t revoked_ = 0;
  const TrustedKey* signer_ = nullptr;
  Keys keys_{};
  Verifier verifier_{};
};

/// What a firmware without keys does with a patch that is signed.
enum class UncheckedSignature : std::uint8_t { refuse, ignore };

/// Takes patches without a signature: **anyone who can send bytes to the device can change its model.** Right
/// for development, and for products where the transport already authenticates every byte. A signed patch is
/// refused with unsupported_algorithm, because this firmware could not say whether its signature is good;
/// with `UncheckedSignature::ignore` the signature is passed over.
template <UncheckedSignature kUnchecked>
class Unauthenticated {
 public:
  static constexpr bool kAllowsUnsigned = true;

  void set_revoked(std::uint32_t) {}
  template <class Digests>
  Status verify(const ManifestToVerify&, Digests&) {
    return kUnchecked == UncheckedSignature::ignore ? Status::ok : Status::unsupported_algorithm;
  }
  /// Without keys there is nothing to revoke: the list is passed over.
  template <class Digests>
  Status revocations(ConstBytes, std::uint32_t&, Digests&) const {
    return Status::ok;
  }
};
using AllowUnsigned = Unauthenticated<UncheckedSignature::refuse>;
using IgnoreSignatures = Unauthenticated<UncheckedSignature::ignore>;

/// Takes unsigned patches, but where there is a signature it must be good. For a fleet on its way to
/// signatures: it keeps out damaged and wrongly signed patches, not attackers, who can leave the signature
/// away.
template <class Authentication>
class VerifyIfSigned : public Authentication {
 public:
  static constexpr bool kAllowsUnsigned = true;
  using Authentication::Authentication;
};

namespace detail {
template <class Policy, class Digests, class = void>
struct IsAuthentication : std::false_type {};
template <class Policy, class Digests>
struct IsAuthentication<
    Policy, Digests,
    typename std::enable_if<
        std::is_same<decltype(detail::declval<Policy&>().verify(detail::declval<const ManifestToVerify&>(),
                                                                detail::declval<Digests&>())),
                     Status>::value &&
        std::is_same<decltype(detail::declval<Policy&>().revocations(
                         ConstBytes(), detail::declval<std::uint32_t&>(), detail::declval<Digests&>())),
                     Status>::value &&
        std::is_void<decltype(detail::declval<Policy&>().set_revoked(0U))>::value>::type>
    : std::is_convertible<decltype(Policy::kAllowsUnsigned), bool> {};
}  // namespace detail

/// Fails to compile, with a sentence, where `Policy` is not an Authentication policy that works with these
/// Digests.
template <class Policy, class Digests>
constexpr bool check_authentication_policy() {
  static_assert(detail::IsAuthentication<Policy, Digests>::value,
                "an Authentication policy has static constexpr bool kAllowsUnsigned, void "
                "set_revoked(uint32_t), Status "
                "verify(const ManifestToVerify&, Digests&) and Status revocations(ConstBytes, uint32_t&, "
                "Digests&) with "
                "the configuration's Digests; see tmd/auth/authentication.hpp");
  return true;
}

}  // namespace tmd
