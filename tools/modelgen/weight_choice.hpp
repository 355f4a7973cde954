// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "modelgen/network.hpp"
#include "modelgen/training.hpp"

namespace modelgen {

/// The share of all weights that moved furthest from `base` to `tuned`, in steps of the base's int8 grid.
/// 0 < share <= 1.
WeightMask furthest_moved(const Network& base, const Network& tuned, double share);

/// The network with each weight at the value that its int8 stands for.
Network on_grid(const Network& network);

}  // namespace modelgen
