// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "tmd/auth/trusted_key.hpp"
#include "tmd/auth/verifier.hpp"
#include "tmd/bytes.hpp"
#include "tmd/internal/auth/cose.hpp"
#include "tmd/status.hpp"

namespace tmd {

// The Authentication policy decides whose patches a device takes. A class with
//
//     static constexpr bool kAllowsUnsigned;  // whether a patch without an authentication block is taken
//     void set_revoked(std::uint32_t keys);   // before each patch: the stored set, one bit a key number
//     Status verify(ConstBytes signed_manifest, ConstBytes authentication_block);
//     Status revocations(ConstBytes list, std::uint32_t& keys);   // entry 0x12 of the manifest just verified
//
// The updater calls `verify` once the whole manifest is in RAM: before it reads the base, before it erases or
// programs anything. `signed_manifest` is every byte from the version through the 16-bit check.

/// Takes patches whose manifest carries a COSE signature or MAC of a trusted key, and no others.
/// `Verifier` is a Verifier policy or `Verifiers<…>`.
///
///     constexpr tmd::TrustedKey kKeys[] = {{0, tmd::CoseAlgorithm::es256, kIdentifier, kPoint}};
///     tmd::CoseAuthentication<tmd::Verifiers<tmd::PsaEs256>> authentication(kKeys);
template <class Verifier>
class CoseAuthentication {
 public:
  static constexpr bool kAllowsUnsigned = false;
  static constexpr std::size_t kMaxKeys = 32;

  /// The table is not copied: it must outlive this object.
  template <std::size_t kCount>
  explicit CoseAuthentication(const TrustedKey (&keys)[kCount]) : CoseAuthentication(keys, kCount) {
    static_assert(kCount <= kMaxKeys, "the stored set of revoked keys has 32 bits: at most 32 trusted keys");
  }
  /// For tables made at run time; entries after the first 32 are not looked at.
  CoseAuthentication(const TrustedKey* keys, std::size_t count)
      : keys_(keys), count_(count < kMaxKeys ? count : kMaxKeys) {}

  /// Begins the check of a patch: nobody has signed it yet.
  void set_revoked(std::uint32_t keys) {
    revoked_ = keys;
    signer_ = nullptr;
  }

  /// Statuses: ok; malformed_signature (not the COSE structure of `parse_cose`); unsupported_algorithm (no
  /// verifier here); unknown_key (no trusted key of that identifier for that algorithm); revoked_key;
  /// bad_signature; and the verifier's own wrong_state and needs_more_memory. Only ok means that the manifest
  /// may be believed.
  Status verify(ConstBytes signed_manifest, ConstBytes authentication_block) {
    signer_ = nullptr;
    CoseMessage message;
    const Status parsed = parse_cose(authentication_block, message);
    if (parsed != Status::ok) return parsed;
    if (!Verifier::supports(message.is_mac, message.algorithm)) return Status::unsupported_algorithm;

    const TrustedKey* key = find(message.key_identifier, message.algorithm);
    if (key == nullptr) return Status::unknown_key;
    if ((bit_of(*key) & revoked_) != 0) return Status::revoked_key;

    const ToBeSigned signed_bytes(message, signed_manifest);
    const Status verified = verifier_.verify(*key, signed_bytes.pieces(), message.signature);
    if (verified == Status::ok) signer_ = key;
    return verified;
  }

  /// Reads a list of revoked key identifiers (repeated: varint length, identifier) from the manifest that
  /// `verify` just accepted, and gives the set of revoked keys as it shall be stored with the commit: what
  /// was revoked before and what is listed now. Identifiers that this firmware does not know are passed over:
  /// one list serves a whole fleet.
  ///
  /// Statuses: ok; unsigned_patch without a verified manifest; unknown_key where the signer may not revoke,
  /// or lists itself (a device must not be talked into trusting nobody); malformed_manifest where the list is
  /// malformed.
  Status revocations(ConstBytes list, std::uint32_t& keys) const {
    keys = revoked_;
    if (signer_ == nullptr) return Status::unsigned_patch;
    if (!signer_->may_revoke) return Status::unknown_key;
    std::uint32_t listed = 0;
    ByteReader reader(list);
    while (reader.remaining() != 0) {
      const ConstBytes identifier = reader.take(reader.varint());
      if (reader.failed() || identifier.empty()) return Status::malformed_manifest;
      for (std::size_t i = 0; i < count_; ++i) {
        if (equal_bytes(keys_[i].identifier, identifier)) listed |= bit_of(keys_[i]);
      }
    }
    if ((listed & bit_of(*signer_)) != 0) return Status::unknown_key;
    keys |= listed;
    return Status::ok;
  }

 private:
  static constexpr std::uint32_t bit_of(const TrustedKey& key) { return 1U << (key.number & 31U); }

  const TrustedKey* find(ConstBytes identifier, std::int32_t algorithm) const {
    for (std::size_t i = 0; i < count_; ++i) {
      if (static_cast<std::int32_t>(keys_[i].algorithm) == algorithm &&
          equal_bytes(keys_[i].identifier, identifier)) {
        return &keys_[i];
      }
    }
    return nullptr;
  }

  const TrustedKey* keys_;
  std::size_t count_;
  std::uint32_t revoked_ = 0;
  const TrustedKey* signer_ = nullptr;
  Verifier verifier_;
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
  Status verify(ConstBytes, ConstBytes) {
    return kUnchecked == UncheckedSignature::ignore ? Status::ok : Status::unsupported_algorithm;
  }
  /// Without keys there is nothing to revoke: the list is passed over.
  Status revocations(ConstBytes, std::uint32_t&) const { return Status::ok; }
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
template <class Policy, class = void>
struct IsAuthentication : std::false_type {};
template <class Policy>
struct IsAuthentication<
    Policy,
    typename std::enable_if<
        std::is_same<decltype(std::declval<Policy&>().verify(ConstBytes(), ConstBytes())), Status>::value &&
        std::is_same<decltype(std::declval<Policy&>().revocations(ConstBytes(),
                                                                  std::declval<std::uint32_t&>())),
                     Status>::value &&
        std::is_void<decltype(std::declval<Policy&>().set_revoked(0U))>::value>::type>
    : std::is_convertible<decltype(Policy::kAllowsUnsigned), bool> {};
}  // namespace detail

/// Fails to compile, with a sentence, where `Policy` is not an Authentication policy.
template <class Policy>
constexpr bool check_authentication_policy() {
  static_assert(
      detail::IsAuthentication<Policy>::value,
      "an Authentication policy has static constexpr bool kAllowsUnsigned, Status verify(ConstBytes "
      "manifest, "
      "ConstBytes block), Status revocations(ConstBytes, uint32_t&) and void set_revoked(uint32_t); "
      "see tmd/auth/authentication.hpp");
  return true;
}

}  // namespace tmd
