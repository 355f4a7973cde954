// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "patch/patch_file.hpp"
#include "tmd/internal/transfer/messages.hpp"

namespace tmd::host::link {

/// A patch for what a device says it has.
struct ChosenPatch {
  patch::PatchFile patch;
  bool is_full_model = false;     ///< From an empty base, while the device has a model: none fitted that.
  bool is_there_already = false;  ///< The device has the target.
};

/// Whether the device's active model is this one, as far as its report tells.
bool has_model(const transfer::DeviceReport& device, const Digest& digest);

/// Throws Error where `source` is neither a patch nor a folder of them: that needs no device.
void check_source(const std::filesystem::path& source);

/// `source`: a patch, or the folder that `tmd diff --bases` wrote, out of which it takes the one whose base the device
/// has; one that brings the full model where there is no other. Throws Error, saying what the device has, where there
/// is none.
ChosenPatch choose_patch(const std::filesystem::path& source, const transfer::DeviceReport& device);

}  // namespace tmd::host::link
