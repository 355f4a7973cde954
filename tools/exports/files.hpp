// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "fleet/fleet_manifest.hpp"

namespace tmd::host::exports {

/// A release that is to be written in another system's form.
struct ReleaseFolder {
  std::filesystem::path patches;  ///< As `tmd diff --bases` left it.
  std::filesystem::path output;   ///< Made where it is absent.
  std::string name;               ///< Of the model, in the other system.
  fleet::FleetManifest manifest;  ///< Of `patches`.

  /// Reads the manifest. Throws Error.
  ReleaseFolder(std::filesystem::path patches, std::filesystem::path output, std::string name);
  /// The target's version, or where it has none the first 16 digits of its digest.
  std::string version() const;
};

/// What stands for a base in the other system: its digest, or "nothing" for devices without a model.
std::string base_name(const fleet::FleetPatch& patch);

/// JSON text with a line's end, for people and programs.
void write_json(const std::filesystem::path& path, const nlohmann::ordered_json& json);

/// Runs a program; what it prints on its two outputs is the answer. Throws Error, with what it printed, where it fails,
/// and with `hint` where it is not installed.
std::string run_program(const std::vector<std::string>& command, const std::string& hint);

}  // namespace tmd::host::exports
