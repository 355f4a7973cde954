// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <variant>
#include <vector>

#include "tmd/model_store.hpp"

namespace tmd::host::cli {

/// One thing that a command has to say of what it did.
struct Fact {
  std::string name;  ///< For JSON.
  std::variant<std::string, std::uint64_t, bool> value;
};

/// Where what was done is said: standard output, or standard error where one of the files that were written is standard
/// output itself, a pipe or a file.
std::FILE* beside(const std::vector<std::string>& outputs);

/// Says what was done, beside the files that were written, if any: `text`, lines for people, or the facts as a JSON
/// object.
void print_outcome(bool json, const std::string& text, const std::vector<Fact>& facts,
                   const std::vector<std::string>& outputs = {});
/// The same where what a command writes may go to standard output: the text goes to standard error.
void print_outcome_aside(bool json, const std::string& text, const std::vector<Fact>& facts,
                         const std::vector<std::string>& outputs = {});

/// Says something on standard error. Where that is closed nobody can be told, and the command goes on.
void print_aside(const std::string& text);

/// "on trial", "confirmed", …: what a device's active model is, for people and for JSON.
const char* state_name(ModelState state);

}  // namespace tmd::host::cli
