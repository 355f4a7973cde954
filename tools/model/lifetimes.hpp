// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "model/kernel_memory.hpp"
#include "model/memory_plan.hpp"
#include "model/model.hpp"

namespace tmd::host::model {

/// Memory of every operator: [subgraph][operator].
using KernelMemories = std::vector<std::vector<KernelMemory>>;

/// The buffers that TFLM's planner is given: every activation, then every scratch buffer, with the steps
/// between which it is alive. Steps count operators in execution order, through the subgraphs that operators
/// call. Throws host::Error where subgraphs call each other too deep.
std::vector<PlannedBuffer> buffers_to_plan(const Model& model, const KernelMemories& memories);

}  // namespace tmd::host::model
