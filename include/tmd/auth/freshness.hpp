// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tmd/bytes.hpp"
#include "tmd/internal/format/entries.hpp"
#include "tmd/internal/store/snapshot.hpp"
#include "tmd/status.hpp"

namespace tmd {

/// A model family or a device class: 16 bytes, as SUIT's vendor and class identifiers (RFC 9124,
/// section 3.4).
struct Uuid {
  static constexpr std::size_t kSize = 16;
  std::uint8_t bytes[kSize] = {};
};

/// What a manifest says of its age and destination. An entry that is absent leaves its default.
struct FreshnessClaims {
  ModelVersion version;
  std::uint32_t security_counter = 0;
  ConstBytes family;        ///< 16 bytes, or empty.
  ConstBytes device_class;  ///< 16 bytes, or empty.

  /// Takes one manifest entry, of the length that an EntryReader insists on; entries of other numbers are passed
  /// over.
  constexpr void read(const Entry& entry) {
    const std::uint8_t* const bytes = entry.value.data();
    switch (entry.number) {
      case EntryNumber::model_version:
        version = ModelVersion{load_le16(bytes), load_le16(bytes + 2), load_le16(bytes + 4)};
        break;
      case EntryNumber::security_counter:
        security_counter = load_le32(bytes);
        break;
      case EntryNumber::family:
        family = entry.value;
        break;
      case EntryNumber::device_class:
        device_class = entry.value;
        break;
      default:
        break;
    }
  }
};

/// What the device remembers, out of the journal.
struct FreshnessMemory {
  /// Of the active model; where there is none, of the one that was lost with one slot, else 0.0.0.
  ModelVersion active_version;
  /// The highest counter ever committed. It is stored by the same record that makes a model active, and a
  /// revert does not lower it: there is no moment at which a cut of power leaves the new model with the old
  /// counter.
  std::uint32_t security_counter = 0;
};

// The Freshness policy decides whether a patch is for this device and not too old. A class with
//
//     Status check(const FreshnessClaims& claims, const FreshnessMemory& memory) const;
//
// The updater calls it after the signature was verified and before the first erase. Without a signature the
// claims are the sender's word and stop mistakes, not attackers.

/// How far back a device may be taken on purpose.
enum class Downgrade : std::uint8_t {
  refuse,          ///< Neither a lower model version nor a lower security counter.
  allow_versions,  ///< Lower versions, for as long as the counter is not lower: back to any model that is not
                   ///< known bad.
  allow_all        ///< Anything that is signed. For laboratories: every model ever signed can be put back.
};

/// The default policy. A manifest without a version counts as 0.0.0, without a counter as 0. A family or
/// class that the firmware states must be in the manifest; one that it does not state is not looked at.
class Freshness {
 public:
  constexpr Freshness() = default;
  constexpr explicit Freshness(Downgrade downgrade) : downgrade_(downgrade) {}
  constexpr Freshness(const Uuid& family, const Uuid& device_class, Downgrade downgrade = Downgrade::refuse)
      : family_{family, true}, device_class_{device_class, true}, downgrade_(downgrade) {}

  constexpr void set_family(const Uuid& family) { family_ = {family, true}; }
  constexpr void set_device_class(const Uuid& device_class) { device_class_ = {device_class, true}; }

  /// Statuses: ok; missing_entry (the firmware states a family or class and the manifest does not);
  /// wrong_family; wrong_device; downgrade (a lower counter or version; equal ones are taken).
  [[nodiscard]] constexpr Status check(const FreshnessClaims& claims, const FreshnessMemory& memory) const {
    Status status = match(family_, claims.family, Status::wrong_family);
    if (status == Status::ok) status = match(device_class_, claims.device_class, Status::wrong_device);
    if (status != Status::ok) return status;
    if (downgrade_ != Downgrade::allow_all && claims.security_counter < memory.security_counter) {
      return Status::downgrade;
    }
    if (downgrade_ == Downgrade::refuse && claims.version < memory.active_version) return Status::downgrade;
    return Status::ok;
  }

 private:
  /// What the firmware states, if it does.
  struct Statement {
    Uuid uuid;
    bool stated = false;
  };

  static constexpr Status match(const Statement& own, ConstBytes claimed, Status otherwise) {
    if (!own.stated) return Status::ok;
    if (claimed.empty()) return Status::missing_entry;
    return equal_bytes(claimed, ConstBytes(own.uuid.bytes)) ? Status::ok : otherwise;
  }

  Statement family_;
  Statement device_class_;
  Downgrade downgrade_ = Downgrade::refuse;
};

namespace detail {
template <class Policy, class = void>
struct IsFreshness : std::false_type {};
template <class Policy>
struct IsFreshness<Policy,
                   typename std::enable_if<std::is_same<decltype(detail::declval<const Policy&>().check(
                                                            detail::declval<const FreshnessClaims&>(),
                                                            detail::declval<const FreshnessMemory&>())),
                                                        Status>::value>::type> : std::true_type {};
}  // namespace detail

/// Fails to compile, with a sentence, where `Policy` is not a Freshness policy.
template <class Policy>
constexpr bool check_freshness_policy() {
  static_assert(detail::IsFreshness<Policy>::value,
                "a Freshness policy has Status check(const FreshnessClaims&, const FreshnessMemory&) const; "
                "see tmd/auth/freshness.hpp");
  return true;
}

}  // namespace tmd
