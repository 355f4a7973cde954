// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "cli/command_line.hpp"
#include "patch/make_patch.hpp"

namespace tmd::host::cli {

/// --in-place and what belongs to it: patches for devices with one slot.
struct InPlaceOptions {
  bool wanted = false;
  std::uint32_t block = 4096;  ///< Bytes that the device erases at a time.
  std::uint32_t spare = 3;     ///< Spare blocks that it has.
  bool reversible = false;     ///< With a way back, for devices that put models on trial.
};

void add_in_place_options(Command& command, InPlaceOptions& options);

/// The patch is to be one that is applied in place: the recipe plans for it, and the manifest says so. Throws
/// UsageError for a block size that is no power of two.
void plan_in_place(patch::PatchRecipe& recipe, const InPlaceOptions& options);

/// What such a patch costs beside others for the same step.
struct InPlaceCost {
  std::size_t in_place = 0;   ///< Bytes of the patch that was made, but its way back.
  std::size_t two_slots = 0;  ///< Of one for devices with two slots.
  std::size_t full_model = 0;
  /// What to do where that is less; empty where there is nothing to be said.
  [[nodiscard]] std::string advice() const;
};
[[nodiscard]] InPlaceCost cost_in_place(std::size_t patch_bytes, ConstBytes base, ConstBytes target,
                                        patch::PatchRecipe recipe);

}  // namespace tmd::host::cli
