// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "format/container.hpp"
#include "input/input.hpp"

namespace tmd::host::cli {

/// The self-test that goes along with a target, as the options say it.
struct SelfTestOptions {
  std::string input;
  std::uint32_t seed = 0;
  std::optional<std::uint32_t> top1;
  std::string output;
  std::string crc;
  bool automatic = false;  ///< the project's interpreter says what must come out
  bool critical = false;

  bool wanted() const { return !input.empty() || seed != 0; }
};

/// Adds --self-test, --self-test-seed, --expect-top1, --expect-output, --expect-crc32, --self-test-auto,
/// --self-test-critical.
void add_self_test_options(Command& command, SelfTestOptions& options);

/// Adds the entry to what the manifest says, where one is wanted. Throws host::Error where input or expectation do
/// not fit the target, or the target cannot be run here, UsageError where the options make no sense together.
void add_self_test(std::vector<format::EntryToWrite>& entries, const SelfTestOptions& options,
                   const input::Input& target, const std::string& path);

}  // namespace tmd::host::cli
