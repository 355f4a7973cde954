// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tmd/bytes.hpp"
#include "tmd/status.hpp"

namespace tmd {

// The Cipher policy decrypts the body of an encrypted patch as it arrives. A class with
//
//     Status begin(ConstBytes cipher_entry);                            // value of manifest entry 0x0F
//     Status decrypt(std::uint32_t body_offset, MutableBytes bytes);    // in place
//
// The updater calls `begin` after the signature was verified and before the first erase, and again after a
// restart when an update is resumed. `body_offset` counts from the first byte of the body; after a resume the
// first call may be for any offset, and the same bytes may be asked for again.

/// A secret that bodies are encrypted with.
struct CipherKey {
  ConstBytes identifier;         ///< As in the cipher entry; may be empty.
  ConstBytes material;           ///< 16 bytes, unless it is in a key store.
  std::uint32_t stored_key = 0;  ///< Number of a key in the PSA key store, used where `material` is empty.
};

/// Value of manifest entry 0x0F: u8 algorithm, 16-byte first counter block, key identifier (the rest, may be
/// empty).
struct CipherEntry {
  static constexpr std::uint8_t kAesCtr = 1;
  static constexpr std::size_t kBlockSize = 16;
  static constexpr std::size_t kMaxIdentifier = 32;

  ConstBytes first_counter;
  ConstBytes key_identifier;
};

/// `malformed_manifest` where the entry is too short or too long, `unsupported_algorithm` for another cipher.
[[nodiscard]] constexpr Status parse_cipher_entry(ConstBytes value, CipherEntry& entry) {
  if (value.empty()) return Status::malformed_manifest;
  if (value[0] != CipherEntry::kAesCtr) return Status::unsupported_algorithm;
  entry.first_counter = value.slice(1, CipherEntry::kBlockSize);
  entry.key_identifier = value.from(1 + CipherEntry::kBlockSize);
  const bool well_formed = entry.first_counter.size() == CipherEntry::kBlockSize &&
                           entry.key_identifier.size() <= CipherEntry::kMaxIdentifier;
  return well_formed ? Status::ok : Status::malformed_manifest;
}

/// The counter block that encrypts the 16 bytes in which `body_offset` lies: the first one, as a 128-bit
/// big-endian number, plus the number of blocks before it (NIST SP 800-38A, appendix B.1; wraps as that
/// says).
constexpr void counter_block_at(ConstBytes first_counter, std::uint32_t body_offset, MutableBytes block) {
  std::uint32_t carry = body_offset / CipherEntry::kBlockSize;
  for (std::size_t i = CipherEntry::kBlockSize; i-- > 0;) {
    carry += first_counter[i];
    block[i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
}

/// For firmware without encryption: an encrypted patch is refused with unsupported_algorithm.
class NoCipher {
 public:
  Status begin(ConstBytes) { return Status::unsupported_algorithm; }
  Status decrypt(std::uint32_t, MutableBytes) { return Status::cipher_failure; }
};

namespace detail {
template <class Policy, class = void>
struct IsCipher : std::false_type {};
template <class Policy>
struct IsCipher<
    Policy,
    typename std::enable_if<
        std::is_same<decltype(detail::declval<Policy&>().begin(ConstBytes())), Status>::value &&
        std::is_same<decltype(detail::declval<Policy&>().decrypt(0U, MutableBytes())), Status>::value>::type>
    : std::true_type {};
}  // namespace detail

/// Fails to compile, with a sentence, where `Policy` is not a Cipher policy.
template <class Policy>
constexpr bool check_cipher_policy() {
  static_assert(
      detail::IsCipher<Policy>::value,
      "a Cipher policy has Status begin(ConstBytes cipher_entry) and Status decrypt(uint32_t body_offset, "
      "MutableBytes bytes); see tmd/auth/cipher.hpp");
  return true;
}

}  // namespace tmd
