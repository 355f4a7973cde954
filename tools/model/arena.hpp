// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/model.hpp"

namespace tmd::host::model {

/// The tensor arena that TFLM needs for a model, in bytes on a 32-bit target with reference kernels.
struct ArenaEstimate {
  std::uint64_t arena = 0;  ///< The size to give to the interpreter: what is below, and a small margin.
  std::uint64_t non_persistent = 0;  ///< Activations and scratch buffers as the greedy planner places them.
  std::uint64_t persistent = 0;      ///< Structures of tensors, operators and kernels, variables.
  std::uint64_t while_planning = 0;  ///< The most that is in use before the first inference.
  std::vector<std::string> unknown_kernels;  ///< Operators whose memory is a generous guess.
};

/// Computes the arena as TFLM's MicroAllocator would fill it: see docs/model.md. Throws host::Error where the
/// model is beyond what an interpreter could plan (too many tensors, subgraphs that call each other without
/// end).
ArenaEstimate estimate_arena(const Model& model);

/// What a person may know better.
struct ArenaChoice {
  double factor = 1.0;  ///< Multiplies the estimate: optimised kernels with larger scratch buffers.
  std::uint32_t explicit_bytes = 0;  ///< Not 0: taken as it is.
};

/// The estimate after the choice, as the manifest carries it. Throws host::Error where it does not fit 32
/// bits or the factor is not above zero.
std::uint32_t arena_bytes(const Model& model, const ArenaChoice& choice = {});

}  // namespace tmd::host::model
