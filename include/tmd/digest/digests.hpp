// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>

#include "tmd/digest/crc32.hpp"
#include "tmd/digest/sha256.hpp"
#include "tmd/status.hpp"

namespace tmd {

// The Digests policy computes the digests of models, of either kind, and the hashes that signatures are made
// over. A class with
//
//     Status begin(DigestKind kind);       // starts over; unsupported_digest where it lacks that kind
//     void update(ConstBytes bytes);       // the next bytes of the message, any number of them
//     Digest finish();                     // ends the computation; Digest() where the unit has failed: no
//                                          // declared digest equals that
//
// It is one object that the firmware gives, and the library never copies it: it may hold the handle of a
// peripheral, have no default constructor, and be used by the rest of the firmware in between, but not while a call
// of the updater is answered with `would_block`: a model's digest is computed over several calls. The library
// promises that one computation is open at a time: between `begin` and `finish` there is nothing but `update`
// with the bytes of that one message. A check that is given up, because flash can't be read, has no `finish`: the
// next `begin` starts over. An adapter for a hash peripheral:
//
//     class HardwareSha256 {
//      public:
//       explicit HardwareSha256(HASH_HandleTypeDef& unit) : unit_(unit) {}
//       tmd::Status begin(tmd::DigestKind kind) {
//         if (kind != tmd::DigestKind::sha256) return tmd::Status::unsupported_digest;
//         hash_unit_start(unit_);
//         return tmd::Status::ok;
//       }
//       void update(tmd::ConstBytes bytes) { hash_unit_write(unit_, bytes.data(), bytes.size()); }
//       tmd::Digest finish();
//      private:
//       HASH_HandleTypeDef& unit_;
//     };
//
// `DigestsByKind` puts a unit for one kind beside one for the other. The short checks of manifests, journal
// records and fragments, tens of bytes each, are computed by tmd::Crc32 whatever the policy: to set a unit up
// takes longer than they do.

/// CRC-32 only: the smallest build. A patch with a SHA-256 digest is refused with `unsupported_digest`.
class Crc32Digests {
 public:
  constexpr Status begin(DigestKind kind) {
    crc_ = Crc32();
    return kind == DigestKind::crc32 ? Status::ok : Status::unsupported_digest;
  }
  constexpr void update(ConstBytes bytes) { crc_.update(bytes); }
  constexpr Digest finish() {
    Digest digest;
    digest.kind = DigestKind::crc32;
    store_le32(digest.bytes.data(), crc_.value());
    return digest;
  }

 private:
  Crc32 crc_;
};

/// CRC-32 and SHA-256 in software: the default. All zero until `begin`.
class AllDigests {
 public:
  constexpr Status begin(DigestKind kind) {
    kind_ = kind;
    crc_ = Crc32();
    sha_.restart();
    return kind == DigestKind::none ? Status::unsupported_digest : Status::ok;
  }
  void update(ConstBytes bytes) {
    if (kind_ == DigestKind::sha256) {
      sha_.update(bytes);
    } else {
      crc_.update(bytes);
    }
  }
  Digest finish() {
    Digest digest;
    digest.kind = kind_;
    if (kind_ == DigestKind::sha256) {
      sha_.finish(MutableBytes(digest.bytes.data(), digest.bytes.size()));
    } else {
      store_le32(digest.bytes.data(), crc_.value());
    }
    return digest;
  }

 private:
  DigestKind kind_ = DigestKind::none;
  Crc32 crc_;
  Sha256 sha_;
};

/// SHA-256 by one Digests policy and CRC-32 by another: two units, or one unit and software. Both must outlive
/// it.
///
///     static HardwareSha256 hash_unit(hhash);
///     static tmd::Crc32Digests software;
///     static tmd::DigestsByKind<HardwareSha256, tmd::Crc32Digests> digests(hash_unit, software);
template <class Sha256Digests, class CrcDigests>
class DigestsByKind {
 public:
  constexpr DigestsByKind(Sha256Digests& sha256, CrcDigests& crc) : sha256_(sha256), crc_(crc) {}

  constexpr Status begin(DigestKind kind) {
    hashes_ = kind == DigestKind::sha256;
    return hashes_ ? sha256_.begin(kind) : crc_.begin(kind);
  }
  constexpr void update(ConstBytes bytes) {
    if (hashes_) {
      sha256_.update(bytes);
    } else {
      crc_.update(bytes);
    }
  }
  constexpr Digest finish() { return hashes_ ? sha256_.finish() : crc_.finish(); }

 private:
  Sha256Digests& sha256_;
  CrcDigests& crc_;
  bool hashes_ = false;
};

namespace detail {
template <class Policy, class = void>
struct IsDigests : std::false_type {};
template <class Policy>
struct IsDigests<
    Policy, typename std::enable_if<
                std::is_same<decltype(detail::declval<Policy&>().begin(DigestKind::crc32)), Status>::value &&
                std::is_same<decltype(detail::declval<Policy&>().finish()), Digest>::value &&
                std::is_void<decltype(detail::declval<Policy&>().update(ConstBytes()))>::value>::type>
    : std::true_type {};
}  // namespace detail

/// Fails to compile, with a sentence, where `Policy` is not a Digests policy.
template <class Policy>
constexpr bool check_digests_policy() {
  static_assert(detail::IsDigests<Policy>::value,
                "a Digests policy has Status begin(DigestKind), void update(ConstBytes) and Digest finish(); "
                "see tmd/digest/digests.hpp");
  return true;
}

/// The digest of one piece of memory; Digest() where the policy lacks the kind.
template <class Digests>
[[nodiscard]] constexpr Digest digest_of(Digests& digests, DigestKind kind, ConstBytes bytes) {
  if (digests.begin(kind) != Status::ok) return Digest();
  digests.update(bytes);
  return digests.finish();
}
/// The same, in software.
[[nodiscard]] inline Digest digest_of(DigestKind kind, ConstBytes bytes) {
  AllDigests digests;
  return digest_of(digests, kind, bytes);
}

}  // namespace tmd
