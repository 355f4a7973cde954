// SPDX-License-Identifier: Apache-2.0
#include "fleet/release_patches.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/numbers.hpp"
#include "patch/patch_file.hpp"

namespace tmd::host::fleet {
namespace {

/// Other digests than SHA-256 are not in a manifest; lengths always are.
bool is_model(const FleetModel& model, const Digest& digest, std::uint64_t length) {
  const bool can_tell = digest.kind == DigestKind::sha256 && length != 0;
  return model.bytes == length && (!can_tell || model.sha256 == to_hex(digest.view()));
}

}  // namespace

Bytes read_fleet_patch(const std::filesystem::path& folder, const FleetPatch& patch) {
  const std::filesystem::path path = folder / patch.file;
  Bytes bytes = read_file(path);
  if (bytes.size() != patch.bytes || sha256_text(view(bytes)) != patch.sha256)
    throw Error(
        fmt::format("{} is not the patch that its manifest describes; make the patches anew", path.string()));
  return bytes;
}

FleetManifest read_release(const std::filesystem::path& folder) {
  FleetManifest manifest = read_fleet_manifest(folder / kFleetManifestName);
  for (const FleetPatch& listed : manifest.patches) {
    const std::filesystem::path path = folder / listed.file;
    const patch::PatchFile patch = patch::parse_patch(path, read_fleet_patch(folder, listed));
    const Manifest& own = patch.manifest;
    if (!is_model(manifest.target, own.target, own.target_length) ||
        !is_model(listed.base, own.base, own.base_length) ||
        listed.identity != fmt::format("{:08x}", patch.identity()))
      throw Error(fmt::format("{} says other things of itself than its manifest does; make the patches anew",
                              path.string()));
  }
  return manifest;
}

FleetManifest read_release_or_manifest(const std::filesystem::path& path) {
  return std::filesystem::is_directory(path) ? read_release(path) : read_fleet_manifest(path);
}

FleetManifest change_patches(const std::filesystem::path& folder, FleetManifest manifest,
                             const std::filesystem::path& output, const ChangePatch& change) {
  std::vector<Bytes> changed;
  for (FleetPatch& patch : manifest.patches) {
    Bytes bytes = change(patch.file, read_fleet_patch(folder, patch));
    patch.bytes = bytes.size();
    patch.sha256 = sha256_text(view(bytes));
    patch.identity = fmt::format("{:08x}", patch::parse_patch(patch.file, bytes).identity());
    changed.push_back(std::move(bytes));
  }
  make_folder(output);
  for (std::size_t i = 0; i < changed.size(); ++i)
    write_file(output / manifest.patches[i].file, view(changed[i]));
  write_file(output / kFleetManifestName, std::string_view(to_json(manifest)));
  return manifest;
}

void make_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error || !std::filesystem::is_directory(path))
    throw Error(fmt::format("cannot make the folder {}: {}", path.string(),
                            error ? error.message() : "there is a file of this name"));
}

}  // namespace tmd::host::fleet
