// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "model/open_model.hpp"

namespace tmd::host::model {

/// Constant data that differs between two models of the same graph.
struct WeightDifference {
  std::size_t tensors = 0;
  std::size_t bytes = 0;  ///< Of all constant data.
  std::size_t bytes_differing = 0;
};

/// What differs between two models, tensor names and order in the file aside: tensors are paired by the place
/// they have at their operators.
struct Comparison {
  bool same_graph = true;  ///< The same operators in the same order, with as many inputs and outputs.
  /// Inputs and outputs, of operators or of the graph, that are not the tensor which the base has there: what is
  /// computed goes elsewhere. Constants may be shared in one file and repeated in the other.
  std::size_t rewired = 0;
  bool same_order = true;  ///< Tensors have the same places in their lists, and their data in the file.
  std::size_t shapes =
      0;  ///< Inner tensors of another shape. This and what follows: only where the graph is the same.
  std::size_t options = 0;
  std::size_t scales = 0;
  WeightDifference weights;
};

Comparison compare(const OpenModel& base, const OpenModel& target);

}  // namespace tmd::host::model
