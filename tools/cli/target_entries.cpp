// SPDX-License-Identifier: Apache-2.0
#include "cli/target_entries.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "model/model_entries.hpp"
#include "model/model_format.hpp"
#include "model/reader.hpp"

namespace tmd::host::cli {
namespace {

std::vector<format::EntryToWrite> entries_of_export(const input::Input& target) {
  std::vector<format::EntryToWrite> entries;
  if (target.family)
    entries.push_back(
        {EntryNumber::family, false, host::Bytes(target.family->begin(), target.family->end())});
  if (target.version) {
    host::Bytes value(6);
    for (std::size_t i = 0; i < 3; ++i) store_le16(value.data() + 2 * i, (*target.version)[i]);
    entries.push_back({EntryNumber::model_version, false, value});
  }
  if (!target.code_digest.empty()) entries.push_back({EntryNumber::code_digest, false, target.code_digest});
  return entries;
}

std::vector<format::EntryToWrite> entries_of_model(const input::Input& target, const std::string& path,
                                                   const model::ArenaChoice& arena) {
  if (!model::is_tflite(host::view(target.bytes))) {
    const auto format = target.format ? target.format : model::recognise_format(host::view(target.bytes));
    if (!format) return {};
    return {{EntryNumber::model_format, false, model::encode_model_format(*format)}};
  }
  try {
    const model::Model parsed = model::parse_or_throw(host::view(target.bytes), path);
    warn_of_unknown_kernels(parsed, path, arena_choice(target, arena));
    return model::manifest_entries(parsed, arena_choice(target, arena));
  } catch (const host::Error& error) {
    // With --raw it is not the program's business what the bytes are.
    if (target.kind == input::InputKind::raw) return {};
    // Without these entries a device could not tell whether it can run the model.
    throw host::Error(fmt::format("{}; --no-meta makes a patch that says nothing about what the model needs",
                                  error.what()));
  }
}

}  // namespace

void add_target_entries(std::vector<format::EntryToWrite>& entries, const input::Input& target,
                        const std::string& path, const model::ArenaChoice& arena) {
  std::vector<format::EntryToWrite> computed = entries_of_model(target, path, arena);
  for (format::EntryToWrite& entry : entries_of_export(target)) computed.push_back(std::move(entry));
  for (format::EntryToWrite& entry : computed) {
    const bool given = std::any_of(entries.begin(), entries.end(), [&](const format::EntryToWrite& known) {
      return known.number == entry.number;
    });
    if (!given) entries.push_back(std::move(entry));
  }
}

patch::PatchRecipe default_recipe(const input::Input& base, const input::Input& target,
                                  const std::string& target_path) {
  patch::PatchRecipe recipe;
  add_target_entries(recipe.entries, target, target_path, {});
  recipe.base_regions = base.regions;
  recipe.target_regions = target.regions;
  return recipe;
}

}  // namespace tmd::host::cli
