// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.hpp"
#include "cli/commands.hpp"

int main(int argc, char** argv) {
  using namespace tmd::host::cli;
  Program program("Updates machine-learning models on microcontrollers by sending only what changed.", "tmd",
                  "tmd " TMD_VERSION);
  Command commands = program.commands();
  add_diff(commands);
  add_apply(commands);
  add_verify(commands);
  add_sign(commands);
  add_keygen(commands);
  add_certify(commands);
  add_inspect(commands);
  add_simulate(commands);
  add_check(commands);
  add_factory(commands);
  add_limits(commands);
  add_size(commands);
  add_slim(commands);
  add_plan(commands);
  add_run(commands);
  add_compare(commands);
  add_publish(commands);
  add_export(commands);
  add_report(commands);
  add_self_test_command(commands);
  add_send(commands);
  commands.footer(
      "tmd help COMMAND says more about one of them.\n"
      "Exit status: 0 done, 1 the answer is no (check, verify, compare), 2 wrong usage, 3 an error.\n"
      "Example:\n  tmd diff old.tflite new.tflite -o update.tmd");
  return program.run(argc, argv);
}
