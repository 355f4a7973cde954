// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "codec/encoded_body.hpp"
#include "model/open_model.hpp"

namespace tmd::host::report {

/// How far the weights of a tensor moved: shares of them by distance.
struct Moves {
  static constexpr std::size_t kClasses = 7;
  /// Of integers, in steps: 0, 1, 2, 3–4, 5–8, 9–16, more. Of float32, relative to the largest weight: 0, up to
  /// 0.01 %, 0.1 %, 1 %, 3 %, 10 %, more.
  std::array<std::uint64_t, kClasses> counts{};
  bool is_float = false;

  std::uint64_t total() const;
};

/// A constant tensor of the target, or another part of the file, and what it costs in the patch.
struct LayerCost {
  std::string name;
  std::string type;  ///< "int8", …; empty: no tensor.
  std::uint64_t target_bytes = 0;
  std::uint64_t elements = 0;
  double patch_bytes = 0;
  Moves moves;  ///< Empty where the base has no tensor of this name, type and size.
};

/// The parts of the target, the costliest first, by where the bits of the patch's body went.
std::vector<LayerCost> layer_costs(const std::vector<ExplainedRegion>& explanation);
/// Fills in types and moves, out of both models.
void add_moves(std::vector<LayerCost>& layers, const model::OpenModel& base, const model::OpenModel& target);
/// Labels of the classes.
const char* class_name(std::size_t index, bool is_float);

}  // namespace tmd::host::report
