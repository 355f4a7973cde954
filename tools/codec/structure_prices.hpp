// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "codec/operation_player.hpp"

namespace tmd::host {

/// What copies and literals are likely to cost, learned by counting the operations of plans made so far. The
/// decoder's models learn the same way, so a parse with these prices is close to the cheapest one, without
/// playing every choice. In 1/65,536 of a bit, by integer arithmetic.
class StructurePrices {
 public:
  StructurePrices();

  /// Counts an operation that begins at `position`, where the decoder's base place is `shift` (base offset
  /// less target offset) and its target place is `distance` back; moves both on as the decoder does.
  void count(const codec::Operation& operation, std::uint32_t position, std::uint32_t& shift,
             std::uint32_t& distance, codec::OperationKind& previous, ConstBytes base, ConstBytes target);
  /// Makes prices of the counts.
  void settle();

  std::uint32_t kind(codec::OperationKind previous, codec::OperationKind next) const {
    return kind_[static_cast<unsigned>(previous)][static_cast<unsigned>(next)];
  }
  /// What the length field adds when an operation grows from length - 1 to `length`.
  std::int32_t growth(codec::OperationKind kind, std::uint32_t length) const {
    return (length & (length - 1)) == 0 ? growth_[static_cast<unsigned>(kind)][codec::bit_length(length) - 1]
                                        : 0;
  }
  /// `moved`: how far the place is from where it would be without a word.
  std::uint32_t place(bool in_target, std::uint32_t moved) const {
    return place_[in_target ? 1 : 0][place_class(moved)];
  }
  std::uint32_t expected_byte(bool after_expected) const { return expected_[after_expected ? 1 : 0]; }
  std::uint32_t other_byte(std::uint32_t position, std::uint8_t byte, bool after_expected) const {
    return other_[position & 3U][byte] + surprise_[after_expected ? 1 : 0];
  }
  std::uint32_t unguided_byte(std::uint32_t position, std::uint8_t byte) const {
    return other_[position & 3U][byte];
  }

 private:
  static constexpr unsigned kClasses = 33;
  static std::uint32_t place_class(std::uint32_t moved) {
    const std::uint32_t number = zigzag(static_cast<std::int32_t>(moved));
    return number == ~0U ? 32U : codec::bit_length(number + 1) - 1;
  }
  std::array<std::array<std::uint32_t, codec::kOperationKinds>, codec::kOperationKinds> kinds_{};
  std::array<std::array<std::uint32_t, kClasses>, codec::kOperationKinds> lengths_{};
  std::array<std::array<std::uint32_t, kClasses>, 2> places_{};
  std::array<std::array<std::uint32_t, 2>, 2> agreed_{};  ///< [the last one did][this one does]
  std::array<std::array<std::uint32_t, 256>, 4> bytes_{};

  std::array<std::array<std::uint32_t, codec::kOperationKinds>, codec::kOperationKinds> kind_{};
  std::array<std::array<std::int32_t, kClasses>, codec::kOperationKinds> growth_{};
  std::array<std::array<std::uint32_t, kClasses>, 2> place_{};
  std::array<std::uint32_t, 2> expected_{};
  std::array<std::uint32_t, 2> surprise_{};
  std::array<std::array<std::uint32_t, 256>, 4> other_{};
};

}  // namespace tmd::host
