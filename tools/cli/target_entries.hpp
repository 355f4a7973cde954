// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/input_options.hpp"
#include "format/container.hpp"

namespace tmd::host::cli {

/// Adds what the manifest says about a target and is not there yet: what a TFLite model needs, what its
/// export says of its family and version, the digest of the code that reads a table. Bytes of no known form
/// add nothing. Throws host::Error, naming `path`, where a TFLite model cannot be read, unless it was taken as plain
/// bytes on request.
void add_target_entries(std::vector<format::EntryToWrite>& entries, const input::Input& target,
                        const std::string& path, const model::ArenaChoice& arena);

}  // namespace tmd::host::cli
