// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "codec/operation_player.hpp"
#include "codec/parser_state.hpp"
#include "codec/string_index.hpp"
#include "codec/structure_prices.hpp"

namespace tmd::host {

/// Finds the cheapest way through a stretch of the target that is made of small pieces, as FlatBuffer tables
/// are: copies from the base or the target itself, and literal bytes compared with the base. A shortest path
/// (Viterbi 1967) that keeps, at each byte, the cheapest few states.
class StructureParser {
 public:
  /// Bytes from which on a stretch is not looked at as closely: that would take too long.
  static constexpr std::uint32_t kLargeStretch = 524288;

  /// How much it looks at. Where not `thorough`, it keeps fewer states; without `strings`, it knows of no places but
  /// those that it is told of.
  struct Breadth {
    bool thorough = true;
    bool strings = true;
  };

  /// Nothing outside `window` is read.
  StructureParser(ConstBytes base, ConstBytes target, Breadth breadth, const codec::ReadWindow& window = {});

  /// Whether a stretch holds strings that the base or the target before it has: without any, there is nothing to
  /// parse.
  bool recurs(std::uint32_t from, std::uint32_t to) const;

  /// Operations for target[from, to). `hints`: differences base offset - target offset that are worth trying.
  /// `then`: the one at which the target goes on behind the stretch, or `state.shift` where none is known. `wide`: it
  /// keeps more states than otherwise.
  std::vector<PlannedOperation> parse(std::uint32_t from, std::uint32_t to,
                                      const std::vector<std::uint32_t>& hints, const ParserState& state,
                                      std::uint32_t then, const StructurePrices& prices,
                                      bool wide = false) const;

 private:
  class Search;
  ConstBytes base_;
  ConstBytes target_;
  bool thorough_;
  codec::ReadWindow window_;
  StringIndex long_in_base_;
  StringIndex long_in_target_;
  StringIndex short_in_base_;  ///< Of large files empty: they would take too much memory.
  StringIndex short_in_target_;
};

}  // namespace tmd::host
