// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace tmd::host::model {

/// Bytes on a 32-bit target.
inline constexpr std::uint64_t kInt32 = 4;
inline constexpr std::uint64_t kPointer = 4;

/// What one operator costs TFLM's reference kernel on a 32-bit target, in bytes.
struct KernelMemory {
  std::uint32_t options = 0;    ///< The parsed options (TfLite…Params).
  std::uint32_t user_data = 0;  ///< The kernel's own structure, allocated by its Init.
  std::vector<std::uint64_t>
      persistent;  ///< What its Prepare keeps for good: per-channel multipliers, tables, …
  std::vector<std::uint64_t> scratch;  ///< Working buffers that live while the operator runs.
  bool known = true;  ///< False: a kernel this model has no figures for; generous ones are given.
};

}  // namespace tmd::host::model
