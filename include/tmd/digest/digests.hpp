// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>
#include <utility>

#include "tmd/digest/crc32.hpp"
#include "tmd/digest/sha256.hpp"

namespace tmd {

// The Digests policy says which digests a firmware can compute. A class with
//
//     Status begin(DigestKind kind);       // starts over; unsupported_digest where it lacks that kind
//     void update(ConstBytes bytes);
//     Digest finish();                     // ends the computation
//
// that is trivially copyable. An adapter for a hash peripheral implements `begin` for the kind it
// accelerates:
//
//     struct HardwareSha256 {
//       tmd::Status begin(tmd::DigestKind kind) {
//         if (kind != tmd::DigestKind::sha256) return tmd::Status::unsupported_digest;
//         hash_unit_start();
//         return tmd::Status::ok;
//       }
//       void update(tmd::ConstBytes bytes) { hash_unit_write(bytes.data(), bytes.size()); }
//       tmd::Digest finish();
//     };

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

/// CRC-32 and SHA-256: the default.
class AllDigests {
 public:
  constexpr Status begin(DigestKind kind) {
    kind_ = kind;
    crc_ = Crc32();
    sha_.restart();
    return kind == DigestKind::none ? Status::unsupported_digest : Status::ok;
  }
  constexpr void update(ConstBytes bytes) {
    if (kind_ == DigestKind::sha256) {
      sha_.update(bytes);
    } else {
      crc_.update(bytes);
    }
  }
  constexpr Digest finish() {
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
  DigestKind kind_ = DigestKind::crc32;
  Crc32 crc_;
  Sha256 sha_;
};

namespace detail {
template <class Policy, class = void>
struct IsDigests : std::false_type {};
template <class Policy>
struct IsDigests<
    Policy, typename std::enable_if<
                std::is_same<decltype(std::declval<Policy&>().begin(DigestKind::crc32)), Status>::value &&
                std::is_same<decltype(std::declval<Policy&>().finish()), Digest>::value &&
                std::is_void<decltype(std::declval<Policy&>().update(ConstBytes()))>::value>::type>
    : std::is_trivially_copyable<Policy> {};
}  // namespace detail

/// Fails to compile, with a sentence, where `Policy` is not a Digests policy.
template <class Policy>
constexpr bool check_digests_policy() {
  static_assert(
      detail::IsDigests<Policy>::value,
      "a Digests policy is trivially copyable and has Status begin(DigestKind), void update(ConstBytes) and "
      "Digest finish(); see tmd/digest/digests.hpp");
  return true;
}

/// The digest of one piece of memory.
template <class Digests = AllDigests>
[[nodiscard]] constexpr Digest digest_of(DigestKind kind, ConstBytes bytes) {
  Digests digests;
  if (digests.begin(kind) != Status::ok) return Digest();
  digests.update(bytes);
  return digests.finish();
}

}  // namespace tmd
