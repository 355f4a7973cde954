// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "fleet/publish_tree.hpp"
#include "format/container.hpp"
#include "patch/patch_file.hpp"
#include "support/process.hpp"

namespace tmd::test {

using namespace tmd::host;
using namespace tmd::host::fleet;

inline FleetModel model_called(const std::string& name) {
  return describe_model(name, ConstBytes(reinterpret_cast<const std::uint8_t*>(name.data()), name.size()));
}

/// A patch that says of itself what the manifest will; its body is these words.
inline Bytes patch_of(const FleetModel& base, const FleetModel& target, const std::string& words,
                      DigestKind kind) {
  const auto digest = [&](const FleetModel& model) {
    Digest made{kind, {}};
    for (std::size_t i = 0; i < digest_size(kind); ++i)
      made.bytes[i] = static_cast<std::uint8_t>(std::stoul(model.sha256.substr(2 * i, 2), nullptr, 16));
    return made;
  };
  format::PatchParts parts;
  parts.base = digest(base);
  parts.target = digest(target);
  parts.base_length = static_cast<std::uint32_t>(base.bytes);
  parts.target_length = static_cast<std::uint32_t>(target.bytes);
  parts.body_length = static_cast<std::uint32_t>(words.size());
  return format::join_patch(format::write_manifest(parts), {}, Bytes(words.begin(), words.end()));
}

/// A folder of patches to `target` from each base, as `tmd diff --bases` leaves it; what is in them matters to nobody.
inline std::string make_release(const TemporaryFolder& folder, const std::string& target,
                                const std::vector<std::pair<std::string, std::size_t>>& bases,
                                DigestKind kind = DigestKind::sha256) {
  const std::string place = folder / target;
  std::filesystem::create_directory(place);
  FleetManifest manifest;
  manifest.target = model_called(target);
  manifest.target.bytes = 1000;
  for (const auto& [base, bytes] : bases) {
    FleetPatch listed;
    listed.base = base.empty() ? no_model() : model_called(base);
    const Bytes patch =
        patch_of(listed.base, manifest.target, base + " to " + target + std::string(bytes, '.'), kind);
    listed.file = "from-" + base + "-to-" + target + ".tmd";
    put_contents(place + "/" + listed.file, std::string(patch.begin(), patch.end()));
    listed.bytes = patch.size();
    listed.sha256 = sha256_text(view(patch));
    listed.identity = fmt::format("{:08x}", patch::parse_patch(listed.file, patch).identity());
    manifest.patches.push_back(listed);
  }
  put_contents(place + "/manifest.json", to_json(manifest));
  return place;
}

inline PublishPlan plan_for(const std::string& tree, unsigned percent = 100) {
  PublishPlan plan;
  plan.tree = tree;
  plan.channel = "stable";
  plan.percent = percent;
  plan.who = "somebody";
  plan.time = "2030-01-01T00:00:00Z";
  return plan;
}

/// The body of what a device of this bucket with this base is pointed to; empty: nothing.
inline std::string pointed(const std::string& tree, unsigned bucket, const std::string& base) {
  const std::string path = tree + "/c/stable/" + std::to_string(bucket) + "/" +
                           (base.empty() ? "nothing" : model_called(base).sha256.substr(0, 16));
  if (!std::filesystem::exists(path)) return "";
  const auto pointer = nlohmann::json::parse(contents_of(path));
  const patch::PatchFile patch = patch::open_patch(tree + "/o/" + pointer["o"].get<std::string>());
  return std::string(patch.body().begin(), patch.body().end());
}
inline bool is_to(const std::string& patch, const std::string& words) {
  return patch.substr(0, patch.find('.')) == words;
}

inline std::vector<std::string> faults_of(const std::string& tree) {
  return verify_tree(tree, {}, {});
}

inline std::map<std::string, std::string> files_of(const std::string& tree) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(tree)) {
    if (entry.is_regular_file()) files[entry.path().lexically_relative(tree)] = contents_of(entry.path());
  }
  files.erase(".new");
  return files;
}

}  // namespace tmd::test
