// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

#include "tmd/auth/authentication.hpp"
#include "tmd/auth/cipher.hpp"
#include "tmd/auth/freshness.hpp"
#include "tmd/digest/digests.hpp"
#include "tmd/flash.hpp"
#include "tmd/internal/codec/decoder.hpp"
#include "tmd/internal/config/unread_members.hpp"
#include "tmd/journal/flash_journal.hpp"
#include "tmd/limits.hpp"

namespace tmd {

/// The Observer policy hears what an update does. Both functions are called from within `feed`, `poll` and `finish`,
/// with one slot from within `apply`, too; they must not call the updater. The built-in one ignores everything.
///
///     struct LogObserver {
///       void on_progress(std::uint32_t written, std::uint32_t total) { LOG("%u of %u", written, total); }
///       void on_end(tmd::Status status) { LOG("%s", tmd::to_string(status)); }
///     };
struct SilentObserver {
  /// `written` of `total` bytes are in the slot, in place in the slot or the ring: the target, and what is kept behind
  /// it.
  void on_progress(std::uint32_t /*written*/, std::uint32_t /*total*/) {}
  /// The update has ended: ok after the commit, else why not. Not said where the application ends it, as by `abort`.
  void on_end(Status /*status*/) {}
};

namespace detail {
template <class Policy, class = void>
struct IsObserver : std::false_type {};
template <class Policy>
struct IsObserver<Policy,
                  typename std::enable_if<
                      std::is_void<decltype(detail::declval<Policy&>().on_progress(0U, 0U))>::value &&
                      std::is_void<decltype(detail::declval<Policy&>().on_end(Status::ok))>::value>::type>
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

/// What a store and its updater are made of. Derive from it, say whose patches are taken, and replace what
/// differs:
///
///     struct MyConfig : tmd::DefaultConfig<MyFlash> {
///       using Authentication = tmd::CoseAuthentication<MyVerifier>;  // or tmd::AllowUnsigned: anyone's
///       static constexpr std::uint32_t kPageSize = 512;
///     };
///
/// There is no default for `Authentication`: whether strangers may change a device's model is for each build to
/// say (docs/security.md).
template <class FlashPolicy>
struct DefaultConfig {
  using Flash = FlashPolicy;
  using Digests = AllDigests;
  using Journal = FlashJournal<FlashPolicy>;
  using Decoder = codec::Decoder<codec::DefaultConfig>;
  using Cipher = NoCipher;
  using Freshness = tmd::Freshness;
  using Limits = NoLimits;
  using Observer = SilentObserver;

  /// Tells products apart that could exchange flash contents: a journal with another number is not touched
  /// (`other_product`).
  static constexpr std::uint32_t kProduct = 0;
  /// Bytes of RAM that collect target bytes before they are programmed; a multiple of the program unit of both
  /// slots, at most 32768. A page of a whole erase block saves erases: see SlotWriter.
  static constexpr std::uint32_t kPageSize = 256;
  /// The largest manifest (header, entries, signature) that is taken, in bytes. Costs no RAM of its own up to
  /// the size of the decoder, with which it shares its place.
  static constexpr std::uint32_t kManifestSize = 768;
  /// Patch bytes between two checkpoints: so many must be sent again after a power cut, at most, where the journal has
  /// room for its log (docs/porting.md), and so many lie in RAM. Multiples of 15 fill the journal's rows best. 0: no
  /// checkpoints, an interrupted update starts again from its first byte.
  static constexpr std::uint32_t kCheckpointInterval = 210;
  /// How much flash work one call begins, in bytes of programming; an erase is worth it all. So one call waits for
  /// one erase, or for so many bytes, and says `would_block` while more is to be done. For a model's digest it
  /// reads 16 times as many. A journal on a flash of its own may have one erase, or as many bytes, beside that. 0:
  /// without a bound.
  static constexpr std::uint32_t kWorkPerCall = 256;
  /// Boots that a new model is given to be confirmed. 0: it is confirmed by the commit itself, as the very first one
  /// always is, which leaves none to go back to. With one slot only patches with a way back are taken where it is not 0
  /// (tmd/in_place.hpp).
  static constexpr std::uint8_t kTrialBoots = 3;
  /// Reads the active model at each boot and compares its digest: a damaged one is noticed, and left for the
  /// previous one. Costs the time of reading it.
  static constexpr bool kBootCheck = false;
  /// Takes patches from an empty base, which are full models: the way back to service of a device whose model is
  /// damaged. Where it is false such a patch is taken only while there is no whole model that can be run.
  static constexpr bool kTakesFullModels = true;
  /// There is one slot: models are updated in place (tmd/in_place.hpp), and the layout's second region is the ring of
  /// spare blocks.
  static constexpr bool kOneSlot = false;
  /// With one slot: a full model may take the place of a whole one, though there is none to run until it is there.
  static constexpr bool kAllowGap = false;
  /// How often a body may be refused under one manifest, or given up and begun anew without a restart, before that is
  /// not taken any more; and how often another manifest may follow such a one before none does but one with a higher
  /// security counter than all before it, until a commit or `allow_again`. Whoever can send but not sign wears the
  /// flash no further than that. At most 15. 0: without a bound.
  static constexpr std::uint8_t kMostAttempts = 8;
  /// The largest self-test that is kept behind the model for its trial, in bytes; costs as much RAM. 0: none
  /// is, a critical one is refused, and the application judges a new model by its own means.
  static constexpr std::uint32_t kSelfTestSize = 0;
  /// The most bytes of manifest entries that are kept behind the model for the limits of firmware to come; costs
  /// as much RAM in a configuration with limits, none in one without.
  static constexpr std::uint32_t kFactsSize = 192;
  /// Manifest entries that are kept there too, for the application to read (`ModelStore::active_entry`): the vendor's
  /// own, family, lineage, note, … Where any is, a configuration without limits keeps facts as well.
  static constexpr bool keeps_entry(EntryNumber /*number*/) { return false; }
  /// Takes patches of the original project's format 1 as well, at about 1.5 KB of code.
  static constexpr bool kFormat1 = false;
  /// The weakest digest that is accepted; a build that takes signed patches only insists on SHA-256 whatever
  /// stands here.
  static constexpr DigestKind kWeakestDigest = DigestKind::none;
};

namespace detail {
template <class Config, class = void>
struct NamesAuthentication : std::false_type {};
template <class Config>
struct NamesAuthentication<
    Config, typename std::enable_if<!std::is_void<typename Config::Authentication>::value>::type>
    : std::true_type {};
}  // namespace detail

/// Fails to compile, with a sentence, where a Config does not say whose patches it takes, or has a member that
/// nothing reads, as far as that can be found out.
template <class Config>
constexpr bool check_config() {
  static_assert(
      detail::NamesAuthentication<Config>::value,
      "a Config says whose patches are taken: using Authentication = tmd::CoseAuthentication<…>, or "
      "tmd::AllowUnsigned for anyone's; see docs/security.md");
  return detail::has_no_unread_member<Config>();
}

/// The policies that have state of their own: keys, limits, log sinks. They are given to the updater, which copies
/// them.
template <class Config>
struct Policies {
  typename Config::Authentication authentication;
  typename Config::Cipher cipher;
  typename Config::Freshness freshness;
  typename Config::Limits limits;
  typename Config::Observer observer;
};

}  // namespace tmd
