// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "model/model.hpp"
#include "tmd/internal/guard/operator_set.hpp"

namespace tmd::host::model {

/// An operator that runs, or that a firmware has, with what it needs or what its kernel can do.
struct UsedOperator {
  OperatorCode code;
  std::uint32_t features = 0;  ///< Bits of operator_features.

  auto operator<=>(const UsedOperator&) const = default;
};

/// The operators that run, once each with its newest version and all that its uses need, by rising builtin code and
/// name.
std::vector<UsedOperator> operators_used(const Model& model);

/// What one use of an operator needs.
std::uint32_t features_of(const Model& model, const Subgraph& graph, const Operator& op);

/// One feature for people, with the kind of reason that `tmd check` gives where it is missing.
struct Feature {
  std::uint32_t bit;
  const char* kind;  ///< "dtype", "sparsity", …
  const char* text;  ///< "int8 data".
};
/// The features among `bits`, in the order of the bits.
std::vector<Feature> describe_features(std::uint32_t bits);

}  // namespace tmd::host::model
