// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tmd/internal/codec/operation.hpp"

namespace tmd::host {

/// The operations of the ways through a stretch that are being followed. Each names the one before it, so that ways
/// share what they have in common.
class ParseSteps {
 public:
  static constexpr std::uint32_t kNone = ~0U;

  struct Step {
    std::uint32_t before = kNone;  ///< Number of the step before.
    std::uint32_t start = 0;
    codec::OperationKind kind = codec::OperationKind::literal;
    std::uint32_t place = 0;  ///< Shift, or distance in the target.
  };

  /// The number of a new step.
  std::uint32_t add(const Step& step) {
    steps_.push_back(step);
    return static_cast<std::uint32_t>(steps_.size() - 1);
  }
  const Step& at(std::uint32_t number) const { return steps_[number]; }

  /// Whether most of them may be of ways that were left: of a long stretch these would take more memory than all else.
  bool are_many() const { return steps_.size() > many_; }
  /// Forgets all but the steps with these numbers, or kNone, and those before them. Writes their new numbers there.
  void keep_only(const std::vector<std::uint32_t*>& ends);

 private:
  static constexpr std::size_t kFew = std::size_t{1} << 16;

  std::vector<Step> steps_;
  std::size_t many_ = kFew;
};

}  // namespace tmd::host
