// SPDX-License-Identifier: Apache-2.0
#include "input/labels.hpp"

#include <algorithm>
#include <string_view>

#include "base/error.hpp"
#include "base/files.hpp"
#include "input/edge_impulse.hpp"

namespace tmd::host::input {
namespace {

/// The string literals from `declaration` to the end of its statement.
std::vector<std::string> literals_of(std::string_view source, std::string_view declaration) {
  std::vector<std::string> literals;
  const std::size_t start = source.find(declaration);
  if (start == source.npos) return literals;
  bool quoted = false;
  for (std::size_t i = start; i < source.size() && (quoted || source[i] != ';'); ++i) {
    if (source[i] == '"') {
      quoted = !quoted;
      if (quoted) literals.emplace_back();
      continue;
    }
    if (!quoted) continue;
    if (source[i] == '\\' && i + 1 < source.size()) ++i;
    literals.back() += source[i];
  }
  return literals;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) lines.emplace_back(line);
  }
  return lines;
}

/// TFLite's metadata are an archive behind the model, so that a model with them is an archive, too.
ExportFiles packed_with(const std::filesystem::path& model) {
  if (std::filesystem::is_directory(model)) return files_of_folder(model);
  const host::Bytes file = host::read_file(model);
  try {
    return files_of_zip(file, model.string());
  } catch (const host::Error&) {
    throw host::Error(
        model.string() +
        ": no names of classes come with this model: nothing that could be read is packed with it");
  }
}

}  // namespace

std::vector<std::string> labels_of(const std::filesystem::path& model) {
  const ExportFiles files = packed_with(model);
  std::vector<std::string> labels;
  for (const std::string& path : files.paths) {
    if (path.ends_with("model-parameters/model_variables.h"))
      labels = literals_of(host::as_text(files.read(path)), "ei_classifier_inferencing_categories");
    else if (labels.empty() && path.ends_with(".txt") && path.find("label") != path.npos)
      labels = lines_of(host::as_text(files.read(path)));
  }
  if (labels.empty()) throw host::Error(model.string() + ": no names of classes come with this model");
  return labels;
}

}  // namespace tmd::host::input
