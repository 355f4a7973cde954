// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
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

/// A digest value of any kind. Bytes past `digest_size(kind)` are zero. CRC-32 is held little-endian.
struct Digest {
  static constexpr std::size_t kMaxSize = 32;

  DigestKind kind = DigestKind::none;
  std::array<std::uint8_t, kMaxSize> bytes{};

  constexpr ConstBytes view() const { return ConstBytes(bytes.data(), digest_size(kind)); }

  constexpr ConstBytes all() const { return ConstBytes(bytes.data(), kMaxSize); }

  friend constexpr bool operator==(const Digest& a, const Digest& b) {
    return a.kind == b.kind && equal_bytes(a.all(), b.all());
  }
  friend constexpr bool operator!=(const Digest& a, const Digest& b) { return !(a == b); }
};

}  // namespace tmd
