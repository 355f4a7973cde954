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

/// Other digests than SHA-256 are not in a manifest; lengths always are, and no bytes have one SHA-256.
bool is_model(const FleetModel& model, const Digest& digest, std::uint64_t length) {
  if (model.bytes != length) return false;
  if (length == 0) return model.sha256 == no_model().sha256;
  return digest.kind != DigestKind::sha256 || model.sha256 == to_hex(digest.view());
}

}  // namespace

Bytes read_fleet_patch(const std::filesystem::path& folder, const FleetPatch& patch) {
  const std::filesystem::path path = folder / patch.file;
  Bytes bytes = read_plain_file(path);
  if (bytes.size() != patch.bytes || sha256_text(view(bytes)) != patch.sha256)
    throw Error(
        fmt::format("{} is not the patch that its manifest describes; make the patches anew", path.string()));
  return bytes;
}

FleetManifest read_release(const std::filesystem::path& folder, KnownBy digests) {
  FleetManifest manifest = read_manifest_of(folder);
  for (const FleetPatch& listed : manifest.patches) {
    const std::filesystem::path path = folder / listed.file;
    const patch::PatchFile patch = patch::parse_patch(path, read_fleet_patch(folder, listed));
    const Manifest& own = patch.manifest;
    if (!is_model(manifest.target, own.target, own.target_length) ||
        !is_model(listed.base, own.base, own.base_length) ||
        listed.identity != fmt::format("{:08x}", patch.identity()))
      throw Error(fmt::format("{} says other things of itself than its manifest does; make the patches anew",
                              path.string()));
    if (digests == KnownBy::sha256 && own.target.kind != DigestKind::sha256)
      throw Error(
          fmt::format("{} knows its models by their CRC-32, which is no proof that it is for them; make the "
                      "patches anew with --digest sha256",
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
  std::vector<FileToPlace> files;
  for (std::size_t i = 0; i < changed.size(); ++i)
    files.emplace_back(output / manifest.patches[i].file, view(changed[i]));
  place_release(std::move(files), output, manifest);
  return manifest;
}

void place_release(std::vector<FileToPlace> patches, const std::filesystem::path& folder,
                   const FleetManifest& manifest) {
  const std::string text = to_json(manifest);
  const Bytes bytes(text.begin(), text.end());
  patches.emplace_back(folder / kFleetManifestName, view(bytes));
  for (FileToPlace& file : patches) file.take_place();
}

void make_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error || !std::filesystem::is_directory(path))
    throw Error(fmt::format("cannot make the folder {}: {}", path.string(),
                            error ? error.message() : "there is a file of this name"));
}

}  // namespace tmd::host::fleet
