// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "format/container.hpp"
#include "input/input.hpp"

namespace tmd::host::cli {

/// --companion and what belongs to it: data that travel with a model. In a slot they follow the model's last byte, so
/// that base and target digests cover them and the codec finds what stays.
struct CompanionOptions {
  std::string file;
  std::string from;
  std::string base_file;
  std::uint32_t schema = 0;
  bool wanted() const { return !file.empty() || !from.empty(); }
};

void add_companion_options(Command& command, CompanionOptions& options);

/// Appends the companion data to the target, read from `path`, and says so in an entry that a firmware must know.
/// Throws host::Error where they cannot be read.
void add_companion(std::vector<format::EntryToWrite>& entries, const CompanionOptions& options,
                   input::Input& target, const std::string& path);

/// Appends what devices have behind the base, if a file says so.
void add_base_companion(host::Bytes& base, const CompanionOptions& options);

}  // namespace tmd::host::cli
