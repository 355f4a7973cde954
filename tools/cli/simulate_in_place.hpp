// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

#include "device/body_cipher.hpp"
#include "device/simulation.hpp"
#include "patch/patch_file.hpp"

namespace tmd::host::cli {

/// What `tmd simulate` was given.
struct SimulatedFiles {
  std::string base;
  std::string flash;   ///< The image.
  std::string output;  ///< Where the new model is written; empty: nowhere.
};

/// Says that the power cut that was asked for never came, where the update ended after so many programs and erases.
void print_missed_cut(std::FILE* out, const std::optional<std::uint64_t>& operations);

/// Says of a manifest that the library's default does not take what the firmware must be configured for.
void print_long_manifest(std::FILE* out, const Manifest& manifest);

/// `tmd simulate` of a patch that is applied in place: runs it and prints what happened, as JSON or for people. Throws
/// UsageError where the plan's erase blocks are not the patch's.
void run_in_place(const SimulatedFiles& files, ConstBytes base, const patch::PatchFile& patch,
                  const device::SimulationPlan& plan, device::BodyCipher* cipher, bool json);

}  // namespace tmd::host::cli
