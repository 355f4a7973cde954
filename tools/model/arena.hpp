// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/kernel_memory.hpp"
#include "model/model.hpp"
#include "model/optimised_kernels.hpp"

namespace tmd::host::model {

/// The tensor arena that TFLM needs for a model, in bytes on a 32-bit target.
struct ArenaEstimate {
  std::uint64_t arena = 0;  ///< The size to give to the interpreter: what is below, and a small margin.
  std::uint64_t non_persistent = 0;  ///< Activations and scratch buffers as the greedy planner places them.
  std::uint64_t persistent = 0;      ///< Structures of tensors, operators and kernels, variables.
  std::uint64_t while_planning = 0;  ///< The most that is in use before the first inference.
  /// Operators whose memory is not known and counts with a bound.
  std::vector<std::string> unknown_kernels;
  std::uint64_t unknown_bytes = 0;  ///< What those count, all together.
};

/// Computes the arena as TFLM's MicroAllocator would fill it: see docs/model.md. Throws host::Error where the
/// model is beyond what an interpreter could plan (too many tensors, subgraphs that call each other without
/// end).
ArenaEstimate estimate_arena(const Model& model, TflmRevision revision = kNewestTflm,
                             KernelSet kernels = KernelSet::reference);

/// What a person may know better.
struct ArenaChoice {
  double factor = 1.0;                ///< Multiplies the estimate: kernels with larger scratch buffers.
  std::uint32_t explicit_bytes = 0;   ///< Not 0: taken as it is.
  std::string tflm;                   ///< State of TFLM, as "2026-01"; empty: the newest that is known.
  std::string kernels = "reference";  ///< As parse_kernel_set reads them.
};

/// The estimate for the choice's TFLM and kernels, without its factor and value. Throws host::Error.
ArenaEstimate estimate_arena(const Model& model, const ArenaChoice& choice);

/// The revision that "2026-01" names; the newest for an empty text. Throws host::Error.
TflmRevision parse_tflm(const std::string& text);

/// The estimate after the choice, as the manifest carries it: is_arena_bound where the memory of an operator is not
/// known. Throws host::Error where it does not fit 32
/// bits or the factor is not above zero.
std::uint32_t arena_bytes(const Model& model, const ArenaChoice& choice = {});

/// Whether an arena is a bound rather than a computed value: those are marked by a remainder of 1 modulo 16, which
/// computed values do not have.
constexpr bool is_arena_bound(std::uint32_t bytes) {
  return bytes % 16 == 1;
}

}  // namespace tmd::host::model
