// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "tmd/bytes.hpp"

namespace tmd::host {

/// Where the strings of one length, 4 or 8 bytes, occur.
class StringIndex {
 public:
  StringIndex(ConstBytes text, std::uint32_t width);

  /// Appends the occurrences of the string at `pattern` that lie nearest to `near`, at most `most` on either
  /// side of it, and only those before `end`.
  void nearest(const std::uint8_t* pattern, std::uint64_t near, std::uint32_t most, std::uint32_t end,
               std::vector<std::uint32_t>& found) const;

  std::uint32_t width() const { return width_; }

 private:
  std::uint32_t hash(const std::uint8_t* at) const;

  ConstBytes text_;
  std::uint32_t width_;
  std::vector<std::uint64_t> sorted_;  ///< Hash above place.
  /// Where the hashes begin that have these upper bits: a search reads few cache lines.
  std::vector<std::uint32_t> drawers_;
  unsigned drawer_bits_ = 1;
};

}  // namespace tmd::host
