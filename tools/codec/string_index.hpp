// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "tmd/bytes.hpp"

namespace tmd::host {

/// Where the strings of one length, 4 or 8 bytes, occur. Takes four to six bytes for each byte of the text.
class StringIndex {
 public:
  StringIndex(ConstBytes text, std::uint32_t width);

  /// Appends the occurrences of the string at `pattern` that lie nearest to `near`, at most `most` on either
  /// side of it, and only those before `end`.
  void nearest(const std::uint8_t* pattern, std::uint64_t near, std::uint32_t most, std::uint32_t end,
               std::vector<std::uint32_t>& found) const;
  /// Whether the string occurs before `end`.
  bool occurs(const std::uint8_t* pattern, std::uint32_t end) const;

  std::uint32_t width() const { return width_; }

 private:
  std::size_t bucket_of(const std::uint8_t* at) const;
  bool matches(std::uint32_t place, const std::uint8_t* pattern) const;

  ConstBytes text_;
  std::uint32_t width_;
  unsigned bucket_bits_ = 4;
  std::vector<std::uint32_t> buckets_;  ///< Where the places of each hash begin; one more is the end.
  std::vector<std::uint32_t> places_;   ///< By hash; those of one hash in order.
};

/// A hash of the string of eight bytes that begins here.
inline std::uint64_t hash_of_eight(const std::uint8_t* at) {
  const std::uint64_t string = load_le32(at) | std::uint64_t{load_le32(at + 4)} << 32;
  return (string ^ string >> 32) * 0x9E3779B97F4A7C15U;
}

/// Whether the target has strings of eight bytes that the base, or the target before, has: one in a few hundred. A
/// look at one string in sixteen, those with certain hashes, which takes little time and memory.
bool strings_recur(ConstBytes base, ConstBytes target);

}  // namespace tmd::host
