// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/bytes.hpp"
#include "slim/layer_solver.hpp"
#include "slim/weight_layers.hpp"

namespace tmd::host::slim {

/// The slim model's file, with these values in its layers.
host::Bytes slim_model(const SharedGraph& graph, const std::vector<LayerValues>& layers);

}  // namespace tmd::host::slim
