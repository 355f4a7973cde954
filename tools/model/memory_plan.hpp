// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace tmd::host::model {

/// A buffer to be placed: bytes, and the steps of the execution during which it must keep its contents.
struct PlannedBuffer {
  std::uint64_t size = 0;
  int first_step = -1;
  int last_step = -1;
  std::optional<std::uint64_t> fixed_offset;  ///< Where the model's own offline plan puts it.
};

/// Bytes of the smallest region that holds all buffers where TFLM's greedy planner puts them: those with
/// fixed offsets first, then by falling size, each into the lowest gap between buffers alive at the same
/// time.
std::uint64_t planned_size(const std::vector<PlannedBuffer>& buffers);

}  // namespace tmd::host::model
