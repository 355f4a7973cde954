// SPDX-License-Identifier: Apache-2.0
#include "input/edge_impulse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/error.hpp"
#include "base/files.hpp"
#include "input/c_array.hpp"
#include "input/export_facts.hpp"
#include "input/file_look.hpp"
#include "model/reader.hpp"
#include "tmd/digest/digest.hpp"
#include "tmd/digest/sha256.hpp"

namespace tmd::host::input {
namespace {

constexpr std::string_view kModelFolder = "tflite-model/";
constexpr std::string_view kMetadata = "model-parameters/model_metadata.h";

/// A UUID of version 8 (RFC 9562, 5.8): the front of a SHA-256 over the project's name.
std::array<std::uint8_t, 16> family_of_project(std::uint32_t project) {
  const std::string name = fmt::format("https://studio.edgeimpulse.com/studio/{}", project);
  Sha256 digest;
  digest.update(ConstBytes(reinterpret_cast<const std::uint8_t*>(name.data()), name.size()));
  std::uint8_t hash[32];
  digest.finish(hash);
  std::array<std::uint8_t, 16> uuid{};
  std::copy_n(hash, uuid.size(), uuid.begin());
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0F) | 0x80);
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3F) | 0x80);
  return uuid;
}

bool is_in_model_folder(const std::string& path) {
  return path.find(kModelFolder) != path.npos;
}

/// Models of the export: plain .tflite files and arrays in the headers beside them; and what could not be read.
CSource find_models(const ExportFiles& files) {
  CSource found;
  std::vector<CArray>& models = found.arrays;
  for (const std::string& path : files.paths) {
    if (!is_in_model_folder(path)) continue;
    const host::Bytes bytes = files.read(path);
    if (model::is_tflite(host::view(bytes))) {
      models.push_back({path, bytes, false});
    } else if (is_text(host::view(bytes))) {
      CSource source = read_c_source(host::as_text(bytes));
      for (CArray& array : source.arrays) {
        if (model::is_tflite(host::view(array.bytes))) models.push_back(std::move(array));
      }
      for (const std::string& why : source.not_understood)
        found.not_understood.push_back(fmt::format("{}: {}", path, why));
    }
  }
  return found;
}

bool is_compiled(const ExportFiles& files, std::string_view metadata) {
  if (find_number(metadata, "EI_CLASSIFIER_COMPILED").value_or(0) == 1) return true;
  return std::any_of(files.paths.begin(), files.paths.end(), [](const std::string& path) {
    return is_in_model_folder(path) && path.find("_compiled.") != path.npos;
  });
}

void read_metadata(std::string_view metadata, Input& input) {
  input.arena_bytes = find_number(metadata, "EI_CLASSIFIER_TFLITE_LARGEST_ARENA_SIZE").value_or(0);
  if (const auto project = find_number(metadata, "EI_CLASSIFIER_PROJECT_ID"))
    input.family = family_of_project(*project);
  const auto deployment = find_number(metadata, "EI_CLASSIFIER_PROJECT_DEPLOY_VERSION");
  if (deployment && *deployment <= 0xFFFF)
    input.version = std::array<std::uint16_t, 3>{static_cast<std::uint16_t>(*deployment), 0, 0};
}

/// What training frameworks save as folders and archives, by a file that they all have.
struct SavedModel {
  std::string_view file;
  std::string_view description;
};

constexpr SavedModel kSavedModels[] = {
    {"data.pkl", "a PyTorch model"},
    {"model.weights.h5", "a Keras model"},
    {"saved_model.pb", "a TensorFlow SavedModel"},
};

[[noreturn]] void refuse(const ExportFiles& files, const std::string& name) {
  const auto find = [&](std::string_view end) {
    return std::find_if(files.paths.begin(), files.paths.end(),
                        [&](const std::string& path) { return path.ends_with(end); });
  };
  for (const SavedModel& saved : kSavedModels) {
    if (find(saved.file) != files.paths.end())
      throw host::Error(
          fmt::format("{}: this looks like {}; convert it to .tflite first", name, saved.description));
  }
  const auto model = find(".tflite");
  const std::string advice = model == files.paths.end() ? "" : fmt::format("; give {} out of it", *model);
  throw host::Error(
      fmt::format("{}: no {}; only Edge Impulse C++ library exports are read from folders and archives{}",
                  name, kMetadata, advice));
}

}  // namespace

ExportFiles files_of_folder(const std::filesystem::path& folder) {
  ExportFiles files;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_regular_file())
      files.paths.push_back(entry->path().lexically_relative(folder).generic_string());
  }
  if (error) throw host::Error(fmt::format("cannot read {}: {}", folder.string(), error.message()));
  std::sort(files.paths.begin(), files.paths.end());
  files.read = [folder](const std::string& path) { return host::read_file(folder / path); };
  return files;
}

Input load_edge_impulse(const ExportFiles& files, const std::string& name, const InputChoice& choice) {
  const auto is_metadata = [](const std::string& path) { return path.ends_with(kMetadata); };
  const auto metadata_path = std::find_if(files.paths.begin(), files.paths.end(), is_metadata);
  if (metadata_path == files.paths.end()) refuse(files, name);
  const auto other = std::find_if(metadata_path + 1, files.paths.end(), is_metadata);
  if (other != files.paths.end())
    throw host::Error(
        fmt::format("{}: more than one Edge Impulse export lies in it ({} and {}): give the folder of one",
                    name, *metadata_path, *other));
  const host::Bytes metadata = files.read(*metadata_path);
  CSource found = find_models(files);
  std::vector<CArray>& models = found.arrays;
  if (models.empty() && is_compiled(files, host::as_text(metadata)))
    throw host::Error(fmt::format(
        "{}: compiled with EON: the model is C++ code, not data, so it changes with the firmware; "
        "export again with the EON compiler switched off (deployment option \"TensorFlow Lite\")",
        name));
  if (!choice.symbol.empty())
    std::erase_if(models, [&](const CArray& model) { return model.name != choice.symbol; });
  if (models.empty() && !found.not_understood.empty())
    throw host::Error(fmt::format("{}: {}", name, found.not_understood.front()));
  if (models.empty()) throw host::Error(fmt::format("{}: no TFLite model in {}", name, kModelFolder));
  if (models.size() > 1)
    throw host::Error(fmt::format("{}: {} models ({}, {}, …); say which with --symbol", name, models.size(),
                                  models[0].name, models[1].name));
  Input input;
  input.kind = InputKind::edge_impulse;
  input.part = models.front().name;
  input.bytes = std::move(models.front().bytes);
  read_metadata(host::as_text(metadata), input);
  if (input.arena_bytes == 0) input.arena_bytes = arena_beside_model(files, input.part);
  input.compiled_in = compiled_in(files);
  return input;
}

}  // namespace tmd::host::input
