// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tmd/auth/trusted_key.hpp"
#include "tmd/bytes.hpp"
#include "tmd/internal/auth/byte_pieces.hpp"
#include "tmd/internal/auth/constant_time.hpp"
#include "tmd/internal/auth/cose.hpp"
#include "tmd/status.hpp"

namespace tmd {

namespace detail {
template <class Mac, class = void>
struct IsMac : std::false_type {};
template <class Mac>
struct IsMac<Mac,
             typename std::enable_if<
                 std::is_same<decltype(detail::declval<Mac&>().begin(ConstBytes())), Status>::value &&
                 std::is_same<decltype(detail::declval<Mac&>().update(ConstBytes())), Status>::value &&
                 std::is_same<decltype(detail::declval<Mac&>().finish(MutableBytes())), Status>::value>::type>
    : std::is_convertible<decltype(Mac::kTagSize), std::size_t> {};
}  // namespace detail

/// Verifier policy over a peripheral or library that can compute a MAC but not compare it: the comparison is
/// done here, in constant time. `Mac` is a class with
///
///     static constexpr CoseAlgorithm kAlgorithm;  // hmac_sha256 or aes_cmac
///     static constexpr std::size_t kTagSize;      // bytes: 32, 16
///     Status begin(ConstBytes key);
///     Status update(ConstBytes bytes);
///     Status finish(MutableBytes tag);            // kTagSize bytes
template <class Mac>
class ComputedMac {
  static_assert(detail::IsMac<Mac>::value,
                "a Mac has kTagSize, Status begin(ConstBytes key), Status update(ConstBytes) and Status "
                "finish(MutableBytes tag); see tmd/auth/computed_mac.hpp");

 public:
  static constexpr CoseAlgorithm kAlgorithm = Mac::kAlgorithm;

  /// Statuses: ok, bad_signature (also for a shortened tag), or what the Mac itself answered.
  Status verify(const TrustedKey& key, const BytePieces& message, ConstBytes tag) {
    Status status = mac_.begin(key.material);
    for (const ConstBytes& piece : message) {
      if (status == Status::ok) status = mac_.update(piece);
    }
    std::uint8_t expected[Mac::kTagSize] = {};
    if (status == Status::ok) status = mac_.finish(MutableBytes(expected));
    if (status == Status::ok && !equal_in_constant_time(ConstBytes(expected), tag))
      status = Status::bad_signature;
    wipe(MutableBytes(expected));  // the right tag of a message that was not accepted is a secret
    return status;
  }

 private:
  Mac mac_;
};

}  // namespace tmd
