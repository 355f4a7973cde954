// SPDX-License-Identifier: Apache-2.0
#include "model/limits_file.hpp"

#include <cstdlib>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/files.hpp"
#include "model/compiled_limits.hpp"
#include "model/limits_json.hpp"

namespace tmd::host::model {
namespace {

namespace fs = std::filesystem;

/// Nothing where there is no JSON beside the header, another kind of it, or that of a header before a change.
std::optional<FirmwareFacts> facts_beside(const fs::path& path, const std::string& header) {
  const fs::path beside = limits_json_path(path);
  std::error_code error;
  if (!fs::is_regular_file(beside, error)) return std::nullopt;
  try {
    LimitsFromJson found = read_limits_json(host::read_text(beside), beside.string());
    if (found.header_sha256 == sha256_text(header)) return std::move(found.facts);
  } catch (const std::exception&) {
    // The header itself is there all the same, and says what is wrong with it.
  }
  return std::nullopt;
}

/// Where the compiler cannot do it (the firmware's own headers are not on its path), the text still can if all of it is
/// plain.
FirmwareFacts facts_compiled(const fs::path& path, const std::string& text, const std::string& compiler) {
  try {
    return compiled_limits(path.string(), text, compiler);
  } catch (const host::Error&) {
    try {
      return read_limits_header(text, path.string());
    } catch (const host::Error&) {
    }
    throw;
  }
}

}  // namespace

fs::path limits_json_path(const fs::path& header) {
  return fs::path(header).replace_extension(".json");
}

FirmwareFacts read_limits(const fs::path& path) {
  const std::string text = host::read_text(path);
  if (looks_like_json(text)) return read_limits_json(text, path.string()).facts;
  if (std::optional<FirmwareFacts> facts = facts_beside(path, text)) return *facts;
  const char* compiler = std::getenv("CXX");
  if (compiler != nullptr && *compiler != '\0') return facts_compiled(path, text, compiler);
  return read_limits_header(text, path.string());
}

}  // namespace tmd::host::model
