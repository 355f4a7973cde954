// SPDX-License-Identifier: Apache-2.0
#include "exports/files.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/child_process.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/temporary_folder.hpp"
#include "fleet/release_patches.hpp"

namespace tmd::host::exports {
ReleaseFolder::ReleaseFolder(std::filesystem::path from, std::filesystem::path to, std::string model)
    : patches(std::move(from)),
      output(std::move(to)),
      name(std::move(model)),
      manifest(fleet::read_release(patches, fleet::KnownBy::sha256)) {
  fleet::make_folder(output);
}

std::string ReleaseFolder::version() const {
  return manifest.target.version.empty() ? manifest.target.sha256.substr(0, 16) : manifest.target.version;
}

std::string base_name(const fleet::FleetPatch& patch) {
  return patch.base.bytes == 0 ? "nothing" : patch.base.sha256;
}

void write_json(const std::filesystem::path& path, const nlohmann::ordered_json& json) {
  write_file(path, std::string_view(
                       json.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n"));
}

std::string run_program(const std::vector<std::string>& command, const std::string& hint) {
  const TemporaryFolder folder;
  const std::string output = folder / "output";
  const int status = run_child(command, {output, output});
  if (status == kNotInstalled) throw Error(fmt::format("{} cannot be run: {}", command.front(), hint));
  std::string printed = read_text(output);
  if (status != 0) {
    for (char& c : printed) c = c == '\n' ? ' ' : c;
    throw Error(fmt::format("{} failed: {}", command.front(), printed));
  }
  return printed;
}

}  // namespace tmd::host::exports
