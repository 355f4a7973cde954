// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "model/kernel_costs.hpp"
#include "model/model.hpp"

namespace tmd::host::model {

/// What TFLM's signal operators (signal/micro/kernels) cost, custom operators of the names "Signal…". Nothing for
/// other names, and where the tensors are not those of the operator.
std::optional<KernelMemory> signal_memory(const std::string& name, const Subgraph& graph, const Operator& op);

}  // namespace tmd::host::model
