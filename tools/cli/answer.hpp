// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cli/command_line.hpp"

namespace tmd::host::cli {

/// What a command that writes a file says about it: a line for people, or with --json one object for programs.
///
///     answer.set("output", path).set("bytes", size);
///     answer.say("{path}: {size} bytes");
///     answer.finish();
class Answer {
 public:
  /// Adds --json. The answer lives as long as the command.
  void add_option(Command& command);

  Answer& set(const std::string& name, std::uint64_t value);
  Answer& set(const std::string& name, bool value);
  Answer& set(const std::string& name, const std::string& value);
  Answer& set(const std::string& name, const char* value) { return set(name, std::string(value)); }

  /// A line for people, at once, on standard output; nothing with --json.
  void say(const std::string& line) const;
  /// The same on standard error: the bytes of a file may go to standard output.
  void say_aside(const std::string& line) const;
  /// Prints the object where --json was given. Call it last: what fails before prints no JSON.
  void finish() const;

 private:
  bool json_ = false;
  std::vector<std::pair<std::string, std::variant<bool, std::uint64_t, std::string>>> fields_;
};

}  // namespace tmd::host::cli
