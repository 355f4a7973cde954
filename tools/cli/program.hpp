// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "cli/command_line.hpp"

namespace tmd::host::cli {

/// The program: reads the command line, runs the command, and says how that ended.
class Program {
 public:
  Program(const std::string& purpose, const std::string& name, const std::string& version);
  ~Program();
  Command commands();
  /// Prints errors as one line on standard error, and besides, where the command line has --json, as an object with
  /// `error` and `status` on standard output. Answers with an ExitStatus.
  int run(int count, const char* const* arguments);

 private:
  std::unique_ptr<CLI::App> app_;
};

}  // namespace tmd::host::cli
