// SPDX-License-Identifier: Apache-2.0
#include "link/choose_patch.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/error.hpp"
#include "base/numbers.hpp"
#include "fleet/release_patches.hpp"

namespace tmd::host::link {
namespace {

using transfer::DeviceReport;

bool is_base(const DeviceReport& device, const Manifest& manifest) {
  if (device.state == ModelState::none) return manifest.base_length == 0;
  return device.model_bytes == manifest.base_length && has_model(device, manifest.base);
}

std::string words_for(const DeviceReport& device) {
  if (device.state == ModelState::none) return "no model";
  return fmt::format("a model of {} bytes, {}…", with_commas(device.model_bytes),
                     to_hex(device.digest.view()));
}

ChosenPatch choose_from_folder(const std::filesystem::path& folder, const DeviceReport& device) {
  const fleet::FleetManifest manifest = fleet::read_manifest_of(folder);
  std::optional<patch::PatchFile> full;
  for (const fleet::FleetPatch& listed : manifest.patches) {
    patch::PatchFile patch =
        patch::parse_patch(folder / listed.file, fleet::read_fleet_patch(folder, listed));
    const bool is_there = has_model(device, patch.manifest.target);
    if (is_there || is_base(device, patch.manifest)) return {std::move(patch), false, is_there};
    if (patch.manifest.base_length == 0) full = std::move(patch);
  }
  if (full) return {std::move(*full), true, false};
  throw Error(fmt::format("{}: none of the {} patches fits the device, which has {}", folder.string(),
                          manifest.patches.size(), words_for(device)));
}

}  // namespace

bool has_model(const DeviceReport& device, const Digest& digest) {
  return device.state != ModelState::none && device.digest_kind == digest.kind &&
         device.digest == transfer::DigestPrefix(digest);
}

void check_source(const std::filesystem::path& source) {
  if (!std::filesystem::is_directory(source)) return (void)patch::open_patch(source);
  (void)fleet::read_manifest_of(source);
}

ChosenPatch choose_patch(const std::filesystem::path& source, const DeviceReport& device) {
  if (std::filesystem::is_directory(source)) return choose_from_folder(source, device);
  ChosenPatch chosen;
  chosen.patch = patch::open_patch(source);
  chosen.is_there_already = has_model(device, chosen.patch.manifest.target);
  chosen.is_full_model = chosen.patch.manifest.base_length == 0 && device.state != ModelState::none;
  const bool fits = chosen.is_there_already || chosen.is_full_model || is_base(device, chosen.patch.manifest);
  if (!fits)
    throw Error(fmt::format("{} does not fit the device, which has {}", source.string(), words_for(device)));
  return chosen;
}

}  // namespace tmd::host::link
