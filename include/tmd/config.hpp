// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include "tmd/auth/authentication.hpp"
#include "tmd/auth/cipher.hpp"
#include "tmd/auth/freshness.hpp"
#include "tmd/digest/digests.hpp"
#include "tmd/flash.hpp"
#include "tmd/internal/codec/decoder.hpp"
#include "tmd/limits.hpp"

namespace tmd {

/// The Observer policy hears what an update does. Both functions are called from within `feed` and `finish`;
/// they must not call the updater. The built-in one ignores everything.
///
///     struct LogObserver {
///       void on_progress(std::uint32_t written, std::uint32_t total) { LOG("%u of %u", written, total); }
///       void on_end(tmd::Status status) { LOG("%s", tmd::to_string(status)); }
///     };
struct SilentObserver {
  /// `written` of `total` bytes of the target are in the slot.
  void on_progress(std::uint32_t /*written*/, std::uint32_t /*total*/) {}
  /// The update ended: ok after the commit, else why not.
  void on_end(Status /*status*/) {}
};

namespace detail {
template <class Policy, class = void>
struct IsObserver : std::false_type {};
template <class Policy>
struct IsObserver<
    Policy,
    typename std::enable_if<std::is_void<decltype(std::declval<Policy&>().on_progress(0U, 0U))>::value &&
                            std::is_void<decltype(std::declval<Policy&>().on_end(Status::ok))>::value>::type>
    : std::true_type {};
}  // namespace detail

/// Fails to compile, with a sentence, where `Policy` is not an Observer policy.
template <class Policy>
constexpr bool check_observer_policy() {
  static_assert(detail::IsObserver<Policy>::value,
                "an Observer policy has void on_progress(uint32_t, uint32_t) and void on_end(Status); see "
                "tmd/config.hpp");
  return true;
}

/// What an updater is made of. Derive from it and replace what differs:
///
///     struct MyConfig : tmd::DefaultConfig<MyFlash> {
///       using Authentication = tmd::CoseAuthentication<MyVerifier>;
///       static constexpr std::uint32_t kPageSize = 512;
///     };
template <class FlashPolicy>
struct DefaultConfig {
  using Flash = FlashPolicy;
  using Digests = AllDigests;
  using Decoder = codec::Decoder<codec::DefaultConfig>;
  /// Unsigned patches are taken: anyone who reaches the device can change its model. docs/security.md.
  using Authentication = AllowUnsigned;
  using Cipher = NoCipher;
  using Freshness = tmd::Freshness;
  using Limits = NoLimits;
  using Observer = SilentObserver;

  /// Bytes of RAM that collect target bytes before they are programmed. It divides the erase block or is a
  /// multiple of it, and is a multiple of the program unit. A page of a whole erase block saves erases: see
  /// SlotWriter.
  static constexpr std::uint32_t kPageSize = 256;
  /// The largest manifest (header, entries, signature) that is taken, in bytes. Costs no RAM of its own up to
  /// the size of the decoder, with which it shares its place.
  static constexpr std::uint32_t kManifestSize = 768;
  /// Patch bytes between two checkpoints: so many must be sent again after a power cut, at most. 0: no
  /// checkpoints, an interrupted update starts again from its first byte.
  static constexpr std::uint32_t kCheckpointInterval = 128;
  /// Boots that a new model is given to be confirmed. 0: it is confirmed by the commit itself.
  static constexpr std::uint8_t kTrialBoots = 3;
  /// The largest self-test that is kept behind the model for its trial, in bytes; costs as much RAM. 0: none
  /// is, a critical one is refused, and the application judges a new model by its own means.
  static constexpr std::uint32_t kSelfTestSize = 0;
  /// Takes patches of the original project's format 1 as well, at about 1.5 KB of code.
  static constexpr bool kFormat1 = false;
  /// The weakest digest that is accepted; a build that takes signed patches only insists on SHA-256 whatever
  /// stands here.
  static constexpr DigestKind kWeakestDigest = DigestKind::none;
};

/// The policies that have state of their own: keys, limits, log sinks. Give them to the updater's
/// constructor.
template <class Config>
struct Policies {
  typename Config::Authentication authentication;
  typename Config::Cipher cipher;
  typename Config::Freshness freshness;
  typename Config::Limits limits;
  typename Config::Observer observer;
};

}  // namespace tmd
