// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "model/model.hpp"

namespace tmd::host::model {

/// A state of TFLM, as year and month of its sources: 202608 is August 2026. The table of kernels knows what changed
/// between two; of an older one than kOldestTflm it knows no better than that.
using TflmRevision = std::uint32_t;
constexpr TflmRevision kNewestTflm = 202608;
constexpr TflmRevision kOldestTflm = 202301;

/// What one operator costs TFLM's reference kernel on a 32-bit target, in bytes.
struct KernelMemory {
  std::uint32_t options = 0;    ///< The parsed options (TfLite…Params).
  std::uint32_t user_data = 0;  ///< The kernel's own structure, allocated by its Init.
  std::vector<std::uint64_t>
      persistent;  ///< What its Prepare keeps for good: per-channel multipliers, tables, …
  std::vector<std::uint64_t> scratch;  ///< Working buffers that live while the operator runs.
  bool known = true;  ///< False: a kernel this model has no figures for; generous ones are given.
};

KernelMemory kernel_memory(const Model& model, const Subgraph& graph, const Operator& op,
                           TflmRevision revision = kNewestTflm);

}  // namespace tmd::host::model
