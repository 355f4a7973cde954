// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "codec/script.hpp"

namespace tmd::host {

/// Finds the cheapest way through a stretch of the target that is made of small pieces, as FlatBuffer tables
/// are: copies from a few places of the base or of the target itself, and literal bytes compared with the
/// base. A shortest path (Viterbi 1967) over the places that 8-byte strings vote for, with fixed prices.
class StructureParser {
 public:
  StructureParser(ConstBytes base, ConstBytes target);

  /// Operations for target[from, to), or none where the stretch is too long for this method. `hints`:
  /// differences base offset - target offset that are worth trying. `literal_price`: of a byte that nothing
  /// predicts, in 1/16 bit.
  std::vector<PlannedOperation> parse(std::uint32_t from, std::uint32_t to,
                                      const std::vector<std::uint32_t>& hints, std::uint32_t first_shift,
                                      std::uint32_t literal_price) const;

 private:
  /// Where a copy may come from: base[i + shift], or target[i - distance].
  struct Place {
    bool in_target = false;
    std::uint32_t offset = 0;
  };
  std::vector<Place> places(std::uint32_t from, std::uint32_t to,
                            const std::vector<std::uint32_t>& hints) const;
  bool agrees(const Place& place, std::uint32_t at) const;

  ConstBytes base_;
  ConstBytes target_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> strings_;  ///< 8-byte strings of the base, sorted.
  std::vector<std::pair<std::uint64_t, std::uint32_t>> target_strings_;  ///< And of the target.
};

}  // namespace tmd::host
