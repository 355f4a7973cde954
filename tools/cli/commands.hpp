// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/command_line.hpp"

namespace tmd::host::cli {

// Each adds one subcommand to the program: its options, its help with an example, and a callback that does
// the work. A callback throws host::Error (printed as "tmd: error: …", exit status 3) where something is
// wrong with a file, UsageError (exit status 2) where the options make no sense together, and
// NegativeAnswer (exit status 1) where the answer to what was asked is "no".
//
// To add one: write command_NAME.cpp, list it in meson.build, declare it here, give it a line in main.cpp.

void add_diff(Command& program);
void add_apply(Command& program);
void add_inspect(Command& program);
void add_verify(Command& program);
void add_sign(Command& program);
void add_keygen(Command& program);
void add_certify(Command& program);
void add_simulate(Command& program);
void add_check(Command& program);
void add_factory(Command& program);
void add_limits(Command& program);
void add_size(Command& program);
void add_slim(Command& program);
void add_plan(Command& program);
void add_run(Command& program);
void add_compare(Command& program);
void add_publish(Command& program);
void add_export(Command& program);
void add_report(Command& program);
void add_self_test_command(Command& program);
void add_send(Command& program);

}  // namespace tmd::host::cli
