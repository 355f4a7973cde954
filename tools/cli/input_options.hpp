// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/command_line.hpp"
#include "input/input.hpp"
#include "model/check.hpp"

namespace tmd::host::cli {

/// --section, --symbol, --code, --raw: which part of a file is the model.
void add_input_options(Command& command, input::InputChoice& choice);
/// For a call that reads no model, where they change nothing: throws UsageError, with the reason, where one is given.
void refuse_input_options(const input::InputChoice& choice, const std::string& why);

/// --arena, --arena-factor: what a person knows better about the target's arena.
void add_arena_options(Command& command, model::ArenaChoice& choice);

/// The choice for this input: what its export measured counts in place of the computed value, scaled by the
/// factor all the same; an explicit value counts before both.
model::ArenaChoice arena_choice(const input::Input& input, model::ArenaChoice choice);

/// Says on standard error which operators count with a bound, as their memory is not known.
void warn_of_unknown_kernels(const model::Model& target, const std::string& path,
                             const model::ArenaChoice& choice);

/// Reads the model of an input, whose bytes it views. Throws host::Error, naming the file, where there is
/// none.
model::OpenModel open_model(const input::Input& input, const std::string& path);

}  // namespace tmd::host::cli
