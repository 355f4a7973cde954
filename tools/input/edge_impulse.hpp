// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "input/input.hpp"

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

/// Reads an Edge Impulse C++ library export: the model (tflite-model/), its arena, project and deployment
/// (model-parameters/model_metadata.h). Throws host::Error, naming `name`, where it is none, or EON-compiled.
Input load_edge_impulse(const ExportFiles& files, const std::string& name, const InputChoice& choice);

}  // namespace tmd::host::input
