// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>

#include "tmd/auth/trusted_key.hpp"
#include "tmd/bytes.hpp"
#include "tmd/internal/auth/byte_pieces.hpp"
#include "tmd/internal/auth/cose.hpp"
#include "tmd/status.hpp"

namespace tmd {

// The Verifier policy: one signature or MAC algorithm out of a cryptographic library. A class with
//
//     static constexpr CoseAlgorithm kAlgorithm;
//     Status verify(const TrustedKey& key, const BytePieces& message, ConstBytes signature);
//
// or, where the message is hashed before the library sees it, with the firmware's Digests as well:
//
//     template <class Digests>
//     Status verify(const TrustedKey& key, const BytePieces& message, ConstBytes signature, Digests& digests);
//
// where `verify` answers ok or bad_signature; unknown_key where its key store does not hold the key; wrong_state or
// out_of_memory where the library is not initialised or has no memory. It may take long (ES256 in software on a
// Cortex-M4: a second); it touches no flash.

namespace detail {
template <class Policy, class Digests, class = void>
struct TakesDigests : std::false_type {};
template <class Policy, class Digests>
struct TakesDigests<Policy, Digests,
                    typename std::enable_if<std::is_same<decltype(detail::declval<Policy&>().verify(
                                                             detail::declval<const TrustedKey&>(),
                                                             detail::declval<const BytePieces&>(),
                                                             ConstBytes(), detail::declval<Digests&>())),
                                                         Status>::value>::type> : std::true_type {};

template <class Policy, class = void>
struct VerifiesAlone : std::false_type {};
template <class Policy>
struct VerifiesAlone<
    Policy, typename std::enable_if<std::is_same<decltype(detail::declval<Policy&>().verify(
                                                     detail::declval<const TrustedKey&>(),
                                                     detail::declval<const BytePieces&>(), ConstBytes())),
                                                 Status>::value>::type> : std::true_type {};

template <class Policy, class Digests, class = void>
struct IsVerifier : std::false_type {};
template <class Policy, class Digests>
struct IsVerifier<Policy, Digests, decltype(static_cast<void>(Policy::kAlgorithm))>
    : std::integral_constant<
          bool, std::is_same<typename std::decay<decltype(Policy::kAlgorithm)>::type, CoseAlgorithm>::value &&
                    (TakesDigests<Policy, Digests>::value || VerifiesAlone<Policy>::value)> {};
}  // namespace detail

/// True for the algorithms whose key is a secret that the device shares with the sender.
constexpr bool is_mac(CoseAlgorithm algorithm) {
  return algorithm == CoseAlgorithm::hmac_sha256 || algorithm == CoseAlgorithm::aes_cmac;
}

/// Fails to compile, with a sentence, where `Policy` is not a Verifier policy that works with these Digests.
template <class Policy, class Digests>
constexpr bool check_verifier_policy() {
  static_assert(
      detail::IsVerifier<Policy, Digests>::value,
      "a Verifier policy has static constexpr CoseAlgorithm kAlgorithm and Status verify(const TrustedKey&, "
      "const BytePieces&, ConstBytes signature), or the same with the configuration's Digests& behind it; "
      "see "
      "tmd/auth/verifier.hpp");
  return true;
}

/// Several algorithms at once: `Verifiers<PsaEs256, PsaHmacSha256>`. Code is linked for the listed ones
/// alone.
template <class... Each>
class Verifiers : private Each... {
 public:
  /// True where a block of this kind (COSE_Mac0 or COSE_Sign1) with this algorithm can be checked.
  static constexpr bool supports(bool mac_block, std::int32_t algorithm) {
    return (
        (static_cast<std::int32_t>(Each::kAlgorithm) == algorithm && is_mac(Each::kAlgorithm) == mac_block) ||
        ...);
  }

  /// `unsupported_algorithm` where no verifier for the key's algorithm is listed; else that verifier's
  /// answer.
  template <class Digests>
  Status verify(const TrustedKey& key, const BytePieces& message, ConstBytes signature, Digests& digests) {
    static_assert((check_verifier_policy<Each, Digests>() && ...), "each is a Verifier policy");
    Status status = Status::unsupported_algorithm;
    const auto offer = [&](auto& verifier) {
      using Verifier = typename std::decay<decltype(verifier)>::type;
      if (Verifier::kAlgorithm != key.algorithm) return false;
      if constexpr (detail::TakesDigests<Verifier, Digests>::value) {
        status = verifier.verify(key, message, signature, digests);
      } else {
        status = verifier.verify(key, message, signature);
      }
      return true;
    };
    static_cast<void>((offer(static_cast<Each&>(*this)) || ...));
    return status;
  }
};

}  // namespace tmd
