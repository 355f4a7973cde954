// SPDX-License-Identifier: Apache-2.0
#include "input/export_facts.hpp"

#include <algorithm>
#include <string_view>

#include "input/c_array.hpp"

namespace tmd::host::input {
namespace {

/// What changes with every deployment, or is not compiled code's affair.
bool is_incidental(std::string_view name) {
  for (const std::string_view part :
       {"DEPLOY_VERSION", "ARENA", "PROJECT_NAME", "PROJECT_OWNER", "STUDIO_VERSION"}) {
    if (name.find(part) != name.npos) return true;
  }
  return false;
}

std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

std::string trimmed(std::string_view text) {
  const std::size_t first = std::min(text.find_first_not_of(" \t\r"), text.size());
  text.remove_prefix(first);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return std::string(text);
}

/// #define EI_CLASSIFIER_… value
void add_definitions(std::string_view text, CompiledIn& facts) {
  constexpr std::string_view kDefine = "#define ";
  while (!text.empty()) {
    std::string_view line = next_line(text);
    if (!line.starts_with(kDefine)) continue;
    line.remove_prefix(kDefine.size());
    const std::string name(line.substr(0, line.find_first_of(" \t")));
    if (!name.starts_with("EI_") || name.find('(') != name.npos || is_incidental(name)) continue;
    facts[name] = trimmed(line.substr(std::min(name.size(), line.size())));
  }
}

/// The statements that define labels and configurations of the signal processing, white space aside. Each is looked at
/// once: a hostile file can have these names, without an end of the statement, all through its megabytes.
void add_statements(std::string_view text, CompiledIn& facts) {
  for (const std::string_view name : {"ei_classifier_inferencing_categories", "ei_dsp_config_"}) {
    for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at)) {
      const std::size_t end = std::min(text.find(';', at), text.size());
      const std::string_view statement = text.substr(at, end - at);
      at = end;
      const std::size_t equals = statement.find('=');
      if (equals == statement.npos) continue;
      // What is declared stands last; its type, in front of it, can have such a name, too, and belongs to the value.
      const std::string_view declared = statement.substr(statement.substr(0, equals).rfind(name));
      std::string& value = facts[std::string(declared.substr(0, declared.find_first_of(" [=")))];
      value.clear();
      for (const char c : statement) {
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t') value += c;
      }
    }
  }
}

}  // namespace

CompiledIn compiled_in(const ExportFiles& files) {
  CompiledIn facts;
  for (const std::string& path : files.paths) {
    if (path.find("model-parameters/") == path.npos || !path.ends_with(".h")) continue;
    const host::Bytes bytes = files.read(path);
    add_definitions(host::as_text(bytes), facts);
    add_statements(host::as_text(bytes), facts);
  }
  return facts;
}

std::uint32_t arena_beside_model(const ExportFiles& files, const std::string& array) {
  std::string upper = "EI_CLASSIFIER_" + array + "_ARENA_SIZE";
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  for (const std::string& path : files.paths) {
    if (path.find("tflite-model/") == path.npos || !path.ends_with(".h")) continue;
    const host::Bytes bytes = files.read(path);
    if (const auto arena = find_number(host::as_text(bytes), upper)) return *arena;
  }
  return 0;
}

}  // namespace tmd::host::input
