// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "input/input.hpp"
#include "model/check.hpp"

namespace tmd::cli {

/// --section, --symbol, --code, --raw: which part of a file is the model.
void add_input_options(CLI::App& command, model::InputChoice& choice);

/// --arena, --arena-factor: what a person knows better about the target's arena.
void add_arena_options(CLI::App& command, model::ArenaChoice& choice);

/// The choice for this input: what its export measured counts in place of the computed value, scaled by the
/// factor all the same; an explicit value counts before both.
model::ArenaChoice arena_choice(const model::Input& input, model::ArenaChoice choice);

/// Reads the model of an input, whose bytes it views. Throws host::Error, naming the file, where there is
/// none.
model::OpenModel open_model(const model::Input& input, const std::string& path);

}  // namespace tmd::cli
