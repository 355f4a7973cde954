// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/kernel_costs.hpp"
#include "model/model.hpp"

namespace tmd::host::model {

/// A state of TFLM, as year and month of its sources: 202608 is August 2026. The table of kernels knows what changed
/// between two; of an older one than kOldestTflm it knows no better than that.
using TflmRevision = std::uint32_t;
constexpr TflmRevision kNewestTflm = 202608;
constexpr TflmRevision kOldestTflm = 202301;

KernelMemory kernel_memory(const Model& model, const Subgraph& graph, const Operator& op,
                           TflmRevision revision = kNewestTflm);

}  // namespace tmd::host::model
