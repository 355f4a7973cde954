// SPDX-License-Identifier: Apache-2.0
#include "exports/mender.hpp"

#include <fmt/format.h>

#include "fleet/release_patches.hpp"

namespace tmd::host::exports {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHint = "install mender-artifact (tools/setup.sh test-all)";

std::vector<std::string> command_for(const ReleaseFolder& release, const fleet::FleetPatch& patch,
                                     const fs::path& artifact, const std::string& device_type,
                                     const std::string& key) {
  std::vector<std::string> command = {
      "mender-artifact", "write", "module-image", "-T", kMenderModule, "-t", device_type,
      // One name for all artifacts of the release: it is what devices have when they are done, whatever the base.
      "-n", fmt::format("{}-{}", release.name, release.version()), "-f",
      (release.patches / patch.file).string(), "--depends",
      fmt::format("{}:{}", kMenderKey, base_name(patch)), "--provides",
      fmt::format("{}:{}", kMenderKey, release.manifest.target.sha256), "--software-name", release.name,
      "--software-version", release.version(), "--compression", "gzip", "-o", artifact.string()};
  if (!key.empty()) command.insert(command.end(), {"--key", key});
  return command;
}

}  // namespace

std::vector<Exported> export_mender(const ReleaseFolder& release, const std::string& device_type,
                                    const std::string& key, const ProgressHook& on_progress) {
  std::vector<Exported> done;
  for (const fleet::FleetPatch& patch : release.manifest.patches) {
    (void)fleet::read_fleet_patch(release.patches, patch);
    const fs::path artifact = release.output / fs::path(patch.file).replace_extension(".mender");
    (void)run_program(command_for(release, patch, artifact, device_type, key), kHint);
    done.push_back({artifact.filename().string(), patch.bytes, fs::file_size(artifact)});
    if (on_progress)
      on_progress(static_cast<std::uint32_t>(done.size()),
                  static_cast<std::uint32_t>(release.manifest.patches.size()));
  }
  return done;
}

}  // namespace tmd::host::exports
