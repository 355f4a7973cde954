// SPDX-License-Identifier: Apache-2.0
// An Update Module for Mender's client on Linux: takes the artifacts of `tmd export mender` (docs/fleets.md). It is
// installed as /usr/share/mender/modules/v3/tmd-model. The client calls it for each state of an update; the patch lies
// in the folder that it names. The flash is a file or a raw partition: TMD_FLASH, without it /var/lib/tmd/flash.
// usage: mender_module STATE FOLDER
#include <dirent.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "linux_device.hpp"

namespace {

LinuxDevice device;

/// The payload's one file; empty where there is none or more.
std::string payload_in(const std::string& folder) {
  DIR* files = ::opendir(folder.c_str());
  if (files == nullptr) return "";
  std::string found;
  unsigned count = 0;
  while (const dirent* entry = ::readdir(files)) {
    if (entry->d_name[0] == '.') continue;
    found = folder + "/" + entry->d_name;
    ++count;
  }
  ::closedir(files);
  return count == 1 ? found : "";
}

/// Feeds the patch from where the device has it: the client may have been interrupted, and calls again.
tmd::Status install(const std::string& folder) {
  const std::string path = payload_in(folder);
  std::FILE* patch = path.empty() ? nullptr : std::fopen(path.c_str(), "rb");
  if (patch == nullptr) return tmd::Status::not_found;
  tmd::Updater<LinuxConfig>& updater = device.updater();
  tmd::Status status = tmd::until_done([&] { return updater.resume(); });
  if (tmd::is_error(status)) status = device.begin_update();
  while (status == tmd::Status::ok || status == tmd::Status::need_more ||
         status == tmd::Status::would_block) {
    std::uint8_t bytes[512];
    std::fseek(patch, static_cast<long>(updater.resume_offset()), SEEK_SET);
    const std::size_t size = std::fread(bytes, 1, sizeof(bytes), patch);
    status = updater.feed(tmd::ConstBytes(bytes, size)).status;
    if (size == 0 && status == tmd::Status::need_more) status = tmd::Status::body_truncated;
  }
  std::fclose(patch);
  return status == tmd::Status::ready_to_finish ? device.finish() : status;
}

tmd::Status act(const std::string& state, const std::string& folder) {
  if (state == "ArtifactInstall") return install(folder + "/files");
  // A product has run its self-test before it commits.
  if (state == "ArtifactCommit") return device.keep_model();
  tmd::ModelStore<LinuxConfig>& store = device.store();
  const bool is_on_trial = store.active().state == tmd::ModelState::trial;
  // An installation that was interrupted is given up: else the next artifact's bytes would be fed to this one's patch.
  return tmd::until_done([&] { return is_on_trial ? store.revert() : device.updater().abort(); });
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::fputs("usage: mender_module STATE FOLDER\n", stderr);
    return 2;
  }
  const std::string state = arguments[1];
  // Questions, which the client asks before and after.
  if (state == "NeedsArtifactReboot") return std::puts("No") < 0;
  if (state == "SupportsRollback") return std::puts("Yes") < 0;
  // A boot counts for a model that is on trial: none is wasted on states with nothing to do.
  if (state != "ArtifactInstall" && state != "ArtifactCommit" && state != "ArtifactRollback") return 0;
  const char* path = std::getenv("TMD_FLASH");
  if (path == nullptr) path = "/var/lib/tmd/flash";
  if (!device.start("mender_module", path)) return 1;
  const tmd::Status status = act(state, arguments[2]);
  if (status != tmd::Status::ok)
    std::fprintf(stderr, "mender_module: %s: %s\n", state.c_str(), tmd::to_string(status));
  return status == tmd::Status::ok ? 0 : 1;
}
