// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/input_options.hpp"
#include "format/container.hpp"
#include "patch/make_patch.hpp"

namespace tmd::host::cli {

/// Adds what the manifest says about a target and is not there yet: what a TFLite model needs, what its
/// export says of its family and version, the digest of the code that reads a table. Bytes of no known form
/// add nothing. Throws host::Error, naming `path`, where a TFLite model cannot be read, unless it was taken as plain
/// bytes on request.
void add_target_entries(std::vector<format::EntryToWrite>& entries, const input::Input& target,
                        const std::string& path, const model::ArenaChoice& arena);

/// The recipe of the patch that `tmd diff` makes of this step where it is given nothing else. The base's regions are
/// those of `base.bytes`, which are what the patch has to be made from. Throws as `add_target_entries`.
[[nodiscard]] patch::PatchRecipe default_recipe(const input::Input& base, const input::Input& target,
                                                const std::string& target_path);

}  // namespace tmd::host::cli
