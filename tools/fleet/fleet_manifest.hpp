// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace tmd::host::fleet {

/// A model as a server knows it.
struct FleetModel {
  std::vector<std::string> names;  ///< Of its files; several where files are the same.
  std::uint64_t bytes = 0;
  std::string sha256;   ///< 64 lower-case hexadecimal digits.
  std::string version;  ///< "1.2.3", or empty.
};

/// A patch from one base to the manifest's target.
struct FleetPatch {
  std::string file;  ///< Name in the manifest's folder.
  std::uint64_t bytes = 0;
  std::string sha256;
  std::string identity;  ///< CRC-32 of its manifest in hexadecimal, by which devices resume.
  FleetModel base;       ///< Of no bytes: for devices that have no model yet.
};

/// What `tmd diff --bases` leaves beside its patches, and a server serves from.
struct FleetManifest {
  FleetModel target;
  std::vector<FleetPatch> patches;
};

inline constexpr const char* kFleetManifestName = "manifest.json";

/// JSON text with a line's end.
std::string to_json(const FleetManifest& manifest);
/// Throws host::Error, naming the file, where it is no such manifest: digests are digits, files are of this folder,
/// each has its own name, and there is one at least.
FleetManifest read_fleet_manifest(const std::filesystem::path& path);
/// The same for the manifest of a folder, which is a file and no pipe.
FleetManifest read_manifest_of(const std::filesystem::path& folder);
/// The same for text, in which there may be no patch: of a release that is taken back. `name` is for messages.
FleetManifest parse_fleet_manifest(std::string_view text, const std::string& name);

FleetModel describe_model(const std::string& name, ConstBytes bytes);
/// What a device without a model has: no bytes, and no name.
FleetModel no_model();
std::string sha256_text(ConstBytes bytes);
/// "1.2.3" out of a name like "gesture-v1.2.3.tflite"; else empty.
std::string version_in(std::string_view name);
/// Whether version `a` is older than `b`; no version is older than any.
bool is_older(const std::string& a, const std::string& b);

/// The models of a folder: its files in the order of their names, hidden ones and manifests left out. Throws
/// host::Error.
std::vector<std::filesystem::path> models_in(const std::filesystem::path& folder);

}  // namespace tmd::host::fleet
