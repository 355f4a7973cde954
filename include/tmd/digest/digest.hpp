// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"

namespace tmd {

/// The digest algorithms of the wire formats; the numbers are those on the wire.
enum class DigestKind : std::uint8_t { none = 0, crc32 = 1, sha256 = 2 };

/// Length of a digest on the wire, in bytes.
constexpr std::size_t digest_size(DigestKind kind) {
  return kind == DigestKind::crc32 ? 4 : (kind == DigestKind::sha256 ? 32 : 0);
}

/// The bytes of a digest; no std::array, whose `data()` is no constant expression in C++14.
struct DigestBytes {
  static constexpr std::size_t kSize = 32;

  std::uint8_t value[kSize] = {};

  static constexpr std::size_t size() { return kSize; }
  constexpr std::uint8_t* data() { return value; }
  constexpr const std::uint8_t* data() const { return value; }
  constexpr std::uint8_t& operator[](std::size_t index) { return value[index]; }
  constexpr const std::uint8_t& operator[](std::size_t index) const { return value[index]; }
  constexpr std::uint8_t* begin() { return value; }
  constexpr const std::uint8_t* begin() const { return value; }
  constexpr std::uint8_t* end() { return value + kSize; }
  constexpr const std::uint8_t* end() const { return value + kSize; }
};

/// A digest value of any kind. Bytes past `digest_size(kind)` are zero. CRC-32 is held little-endian.
struct Digest {
  static constexpr std::size_t kMaxSize = DigestBytes::kSize;

  DigestKind kind = DigestKind::none;
  DigestBytes bytes;

  constexpr ConstBytes view() const { return ConstBytes(bytes.data(), digest_size(kind)); }

  constexpr ConstBytes all() const { return ConstBytes(bytes.data(), kMaxSize); }

  friend bool operator==(const Digest& a, const Digest& b) {
    return a.kind == b.kind && same_bytes(a.bytes.data(), b.bytes.data(), kMaxSize);
  }
  friend bool operator!=(const Digest& a, const Digest& b) { return !(a == b); }
};

}  // namespace tmd
