// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "tmd/internal/codec/operation.hpp"

namespace tmd::host {

/// Where the decoder is, as far as the price of the next operation depends on it.
struct ParserState {
  codec::OperationKind kind = codec::OperationKind::copy_base;  ///< Of the last operation.
  std::uint32_t shift = 0;     ///< Base offset less target offset of the last operation that had one.
  std::uint32_t distance = 0;  ///< How far back the last operation read that read the target.
};

/// Which states of the decoder were seen in a round of the parse: a hash table, emptied by counting the rounds. For at
/// most 511 states a round, so that it is never half full.
class ParserStateSet {
 public:
  /// Forgets all of them.
  void clear() { ++round_; }
  /// Whether the state was not there.
  bool add(const ParserState& state) {
    std::uint32_t place = (state.shift * 0x9E3779B1U ^ state.distance * 0x85EBCA6BU) +
                          static_cast<std::uint32_t>(state.kind) * 0x3D4D51CBU;
    for (place >>= 22;; ++place) {
      Entry& entry = entries_[place % entries_.size()];
      if (entry.round != round_) {
        entry = Entry{round_, state};
        return true;
      }
      if (entry.state.kind == state.kind && entry.state.shift == state.shift &&
          entry.state.distance == state.distance)
        return false;
    }
  }

 private:
  struct Entry {
    std::uint32_t round = 0;
    ParserState state;
  };
  std::array<Entry, 1024> entries_;
  std::uint32_t round_ = 1;
};

}  // namespace tmd::host
