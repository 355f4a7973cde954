// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>
#include <utility>

#include "tmd/bytes.hpp"
#include "tmd/status.hpp"

namespace tmd {

// The Authentication policy decides whether a manifest is ours, before the base is read and before the first
// erase. A class with
//
//     static constexpr bool kAllowsUnsigned;   // may a patch without an authentication block pass?
//     Status verify(ConstBytes manifest, ConstBytes authentication, std::uint32_t revoked_keys);
//
// `manifest`: every byte that is signed; `authentication`: the COSE structure; `revoked_keys`: one bit for
// each index of the firmware's trusted keys. ok, bad_signature, unknown_key, revoked_key,
// malformed_signature, unsupported_algorithm.

/// Takes patches without any proof of origin: whoever reaches the device can change its model. A patch that
/// does carry an authentication block is refused, since nothing here could check it.
struct AllowUnsigned {
  static constexpr bool kAllowsUnsigned = true;
  Status verify(ConstBytes /*manifest*/, ConstBytes /*authentication*/, std::uint32_t /*revoked_keys*/) {
    return Status::unsupported_algorithm;
  }
  /// The keys, as bits, that a manifest entry `revoked_keys` names.
  std::uint32_t keys_named(ConstBytes /*entry*/) const { return 0; }
};

namespace detail {
template <class Policy, class = void>
struct IsAuthentication : std::false_type {};
template <class Policy>
struct IsAuthentication<
    Policy, typename std::enable_if<
                std::is_same<decltype(std::declval<Policy&>().verify(ConstBytes(), ConstBytes(), 0U)),
                             Status>::value &&
                std::is_same<decltype(std::declval<const Policy&>().keys_named(ConstBytes())),
                             std::uint32_t>::value &&
                std::is_same<decltype(Policy::kAllowsUnsigned), const bool>::value>::type> : std::true_type {
};
}  // namespace detail

/// Fails to compile, with a sentence, where `Policy` is not an Authentication policy.
template <class Policy>
constexpr bool check_authentication_policy() {
  static_assert(
      detail::IsAuthentication<Policy>::value,
      "an Authentication policy has static constexpr bool kAllowsUnsigned, Status verify(ConstBytes "
      "manifest, "
      "ConstBytes authentication, uint32_t revoked_keys) and uint32_t keys_named(ConstBytes) const; see "
      "tmd/auth/authentication.hpp");
  return true;
}

}  // namespace tmd
