// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace tmd::cli {

// Each adds one subcommand to the program: its options, its help with an example, and a callback that does
// the work. A callback throws host::Error (printed as "tmd: error: …", exit status 1) where something is
// wrong with a file, CLI::ParseError (exit status 2) where the options make no sense together, and
// NegativeAnswer where it has printed what it was asked and the answer is "no".
//
// To add one: write command_NAME.cpp, list it in meson.build, declare it here, call it in main.cpp.

void add_diff(CLI::App& program);
void add_apply(CLI::App& program);
void add_inspect(CLI::App& program);
void add_verify(CLI::App& program);
void add_sign(CLI::App& program);
void add_keygen(CLI::App& program);
void add_certify(CLI::App& program);
void add_simulate(CLI::App& program);
void add_check(CLI::App& program);
void add_limits(CLI::App& program);
void add_plan(CLI::App& program);
void add_self_test_command(CLI::App& program);

/// Ends a command whose printed answer is "no" with exit status 1 and no error line.
struct NegativeAnswer {};

}  // namespace tmd::cli
