// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace tmd::host {

/// Where the outputs of a program go: files that are made or emptied; both may go to one.
struct ChildOutputs {
  std::string standard = "/dev/null";
  std::string errors = "/dev/null";
};

constexpr int kNotInstalled = 127;  ///< What run_child answers where there is no such program.

/// Runs a program, found on the PATH, with nothing on its standard input, and waits for its end. Returns its exit
/// status; kNotInstalled where it is not there, 128 and more where a signal ended it. Throws Error where it is there,
/// but can't be run.
int run_child(const std::vector<std::string>& command, const ChildOutputs& outputs = {});

/// "ccache g++ -m32" as words, at blanks; what stands in single or double quotes is one word.
std::vector<std::string> command_words(const std::string& text);

}  // namespace tmd::host
