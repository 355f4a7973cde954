// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "tmd/bytes.hpp"

namespace tmd {

/// A message that lies in several places, in order. What is signed is a few bytes of CBOR around a manifest
/// that is already in RAM; a hash takes it piece by piece, so that the manifest is never copied.
class BytePieces {
 public:
  static constexpr std::size_t kMaxPieces = 4;

  /// Pieces past `kMaxPieces` are not taken; the one user in the library adds exactly four.
  constexpr void add(ConstBytes piece) {
    if (count_ < kMaxPieces) pieces_[count_++] = piece;
  }
  constexpr const ConstBytes* begin() const { return pieces_; }
  constexpr const ConstBytes* end() const { return pieces_ + count_; }
  /// Length of the whole message in bytes.
  constexpr std::size_t size() const {
    std::size_t total = 0;
    for (const ConstBytes& piece : *this) total += piece.size();
    return total;
  }

 private:
  ConstBytes pieces_[kMaxPieces];
  std::size_t count_ = 0;
};

}  // namespace tmd
