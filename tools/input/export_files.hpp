// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace tmd::host::input {

/// The files of an export, wherever they are kept.
struct ExportFiles {
  std::vector<std::string> paths;
  std::function<host::Bytes(const std::string& path)> read;
};

ExportFiles files_of_folder(const std::filesystem::path& folder);
/// The files of a .zip archive in memory. Throws host::Error, naming `name`, where the archive is damaged or this build
/// reads no archives.
ExportFiles files_of_zip(const host::Bytes& archive, const std::string& name);

}  // namespace tmd::host::input
