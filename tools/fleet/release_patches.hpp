// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "fleet/fleet_manifest.hpp"

namespace tmd::host::fleet {

/// A patch of a folder that `tmd diff --bases` wrote. Throws Error where it is not what the manifest says, or no file.
Bytes read_fleet_patch(const std::filesystem::path& folder, const FleetPatch& patch);

/// By what the patches of a release must know their models.
enum class KnownBy {
  any_digest,  ///< Of a CRC-32 the manifest has nothing that it could be compared with.
  sha256,      ///< Whoever goes by the manifest's SHA-256 sends no device a patch of another model.
};

/// The manifest of such a folder, with every patch looked into: what the manifest says of base, target and identity is
/// what the patch says of itself. Throws Error where it is not, before a device is sent the wrong one.
FleetManifest read_release(const std::filesystem::path& folder, KnownBy digests = KnownBy::any_digest);

/// read_release of a folder; of a manifest alone what it says, as its patches may lie elsewhere. Throws Error.
FleetManifest read_release_or_manifest(const std::filesystem::path& path);

/// Another form of the same patch: signed, encrypted. `file` is its name in the folder.
using ChangePatch = std::function<Bytes(const std::string& file, const Bytes& patch)>;

/// Calls `change` for every patch of `folder`, whose manifest this is, and, when all of them have succeeded, writes the
/// results under the same names into `output` (made where it is absent), the manifest that describes them last. Throws
/// Error; what `change` throws, and a disk that is full, leave the files of `output` as they were.
FleetManifest change_patches(const std::filesystem::path& folder, FleetManifest manifest,
                             const std::filesystem::path& output, const ChangePatch& change);

/// Puts the patches of a release, which lie ready in `folder`, into their places, and behind them the manifest. Throws
/// Error; where that is for want of room, no file has taken its place.
void place_release(std::vector<FileToPlace> patches, const std::filesystem::path& folder,
                   const FleetManifest& manifest);

/// Makes a folder where it is absent; throws Error, naming it, where that can't be done.
void make_folder(const std::filesystem::path& path);

}  // namespace tmd::host::fleet
