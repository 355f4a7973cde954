// SPDX-License-Identifier: Apache-2.0
#include "fleet/fleet_manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/numbers.hpp"
#include "base/parse_json.hpp"
#include "base/terminal_text.hpp"
#include "tmd/digest/digests.hpp"

namespace tmd::host::fleet {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kKind = "tinymldelta fleet manifest";
constexpr std::size_t kDigits = 64;
constexpr std::size_t kIdentityDigits = 8;

// A manifest may come from anywhere, and what it says becomes names of files, of pointers and of objects.

bool has_digits(const std::string& text, std::size_t count) {
  return text.size() == count && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}
bool is_plain_version(const std::string& text) {
  return text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                  c == '-' || c == '+' || c == '_';
         });
}
/// "NAME.tmd": what is made of a patch elsewhere has its name with another ending, and meets no other file.
bool is_plain_file(const std::string& name) {
  const bool is_special = name.starts_with('.') || name.starts_with('-') || !name.ends_with(".tmd");
  return !is_special && name.size() <= 200 && std::filesystem::path(name).filename() == name &&
         host::terminal_text(name) == name;
}

Json model_json(const FleetModel& model) {
  return {
      {"names", model.names}, {"bytes", model.bytes}, {"sha256", model.sha256}, {"version", model.version}};
}

/// JSON's numbers may be fractions, negative, or beyond any integer.
std::uint64_t bytes_from(const Json& json) {
  if (!json.is_number_unsigned() || json.get<std::uint64_t>() > host::kLargestFile)
    throw host::Error(fmt::format("{} is no length of a file in bytes", json.dump()));
  return json.get<std::uint64_t>();
}

FleetModel model_from(const Json& json) {
  FleetModel model;
  model.names = json.at("names").get<std::vector<std::string>>();
  model.bytes = bytes_from(json.at("bytes"));
  model.sha256 = json.at("sha256").get<std::string>();
  model.version = json.at("version").get<std::string>();
  if (!has_digits(model.sha256, kDigits))
    throw host::Error("a model's digest has not 64 hexadecimal digits, in lower case");
  if (!is_plain_version(model.version))
    throw host::Error("a version has other characters than letters, digits, '.', '-', '+' and '_'");
  return model;
}

FleetPatch patch_from(const Json& json) {
  FleetPatch patch;
  patch.file = json.at("file").get<std::string>();
  patch.bytes = bytes_from(json.at("bytes"));
  patch.sha256 = json.at("sha256").get<std::string>();
  patch.identity = json.at("identity").get<std::string>();
  patch.base = model_from(json.at("base"));
  if (!is_plain_file(patch.file))
    throw host::Error(fmt::format("'{}' is no name of a patch in this folder", patch.file));
  if (!has_digits(patch.sha256, kDigits))
    throw host::Error("a patch's digest has not 64 hexadecimal digits, in lower case");
  if (!has_digits(patch.identity, kIdentityDigits))
    throw host::Error("a patch's identity has not 8 hexadecimal digits, in lower case");
  return patch;
}

using Version = std::array<std::uint32_t, 3>;

/// Reads "1.2.3" at the front of the text; `length`: of what was read.
std::optional<Version> take_version(std::string_view text, std::size_t& length) {
  Version version{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t part = 0; part < version.size(); ++part) {
    if (part > 0 && (at == end || *at++ != '.')) return std::nullopt;
    const auto [next, error] = std::from_chars(at, end, version[part]);
    if (error != std::errc() || version[part] > 0xFFFF) return std::nullopt;
    at = next;
  }
  length = static_cast<std::size_t>(at - text.data());
  return version;
}

std::optional<Version> version_of(const std::string& text) {
  std::size_t length = 0;
  return take_version(text, length);
}

void refuse_absent(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    throw host::Error(
        fmt::format("cannot read {}: No such file or directory; give a folder that tmd diff --bases wrote",
                    path.string()));
}

FleetManifest manifest_with_patches(const host::Bytes& bytes, const std::filesystem::path& path) {
  FleetManifest manifest =
      parse_fleet_manifest({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
  // Whoever publishes it would take everything back from its channel.
  if (manifest.patches.empty())
    throw host::Error(fmt::format("{}: no patch is listed there; make the patches anew", path.string()));
  return manifest;
}

}  // namespace

std::string to_json(const FleetManifest& manifest) {
  Json json = {
      {"kind", kKind}, {"schema", 1}, {"target", model_json(manifest.target)}, {"patches", Json::array()}};
  for (const FleetPatch& patch : manifest.patches) {
    json["patches"].push_back({{"file", patch.file},
                               {"bytes", patch.bytes},
                               {"sha256", patch.sha256},
                               {"identity", patch.identity},
                               {"base", model_json(patch.base)}});
  }
  return json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

FleetManifest read_fleet_manifest(const std::filesystem::path& path) {
  refuse_absent(path);
  return manifest_with_patches(host::read_file(path), path);
}

FleetManifest read_manifest_of(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kFleetManifestName;
  refuse_absent(path);
  return manifest_with_patches(host::read_plain_file(path), path);
}

FleetManifest parse_fleet_manifest(std::string_view text, const std::string& name) {
  try {
    const Json json = parse_json(text);
    if (!json.is_object() || json.value("kind", "") != kKind)
      throw host::Error("it does not say that it is one");
    if (json.at("schema") != 1) throw host::Error("it was made by a newer tmd");
    FleetManifest manifest;
    manifest.target = model_from(json.at("target"));
    std::set<std::string> files;
    // Of null, and of an object, the same loop would make a release without patches, or with them.
    if (!json.at("patches").is_array()) throw host::Error("its patches are no list");
    for (const Json& patch : json.at("patches")) {
      manifest.patches.push_back(patch_from(patch));
      if (!files.insert(manifest.patches.back().file).second)
        throw host::Error(fmt::format("two patches have the name '{}'", manifest.patches.back().file));
    }
    return manifest;
  } catch (const nlohmann::json::parse_error& error) {
    throw host::Error(fmt::format(
        "{}: this is no manifest of tmd diff --bases: it is no JSON, from byte {} on", name, error.byte));
  } catch (const nlohmann::json::exception& error) {
    throw host::Error(fmt::format("{}: this is no manifest of tmd diff --bases: {}", name, error.what()));
  } catch (const host::Error& error) {
    throw host::Error(fmt::format("{}: this is no manifest of tmd diff --bases: {}", name, error.what()));
  }
}

FleetModel describe_model(const std::string& name, ConstBytes bytes) {
  return {{name}, bytes.size(), sha256_text(bytes), version_in(name)};
}

FleetModel no_model() {
  return {{}, 0, sha256_text(ConstBytes()), ""};
}

std::string sha256_text(ConstBytes bytes) {
  return host::to_hex(digest_of(DigestKind::sha256, bytes).view());
}

std::string version_in(std::string_view name) {
  for (std::size_t at = 0; at < name.size(); ++at) {
    const auto is_digit = [](char character) { return character >= '0' && character <= '9'; };
    if (!is_digit(name[at]) || (at > 0 && (is_digit(name[at - 1]) || name[at - 1] == '.'))) continue;
    std::size_t length = 0;
    if (take_version(name.substr(at), length)) return std::string(name.substr(at, length));
  }
  return {};
}

bool is_older(const std::string& a, const std::string& b) {
  const auto first = version_of(a);
  const auto second = version_of(b);
  return second && (!first || *first < *second);
}

std::vector<std::filesystem::path> models_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (entry->is_regular_file() && !name.starts_with('.') && name != kFleetManifestName)
      paths.push_back(entry->path());
  }
  if (error) throw host::Error(fmt::format("cannot read {}: {}", folder.string(), error.message()));
  if (paths.empty()) throw host::Error(fmt::format("{}: there is no model in this folder", folder.string()));
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace tmd::host::fleet
