// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/numbers.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/input_options.hpp"
#include "cli/outcome.hpp"
#include "input/load_input.hpp"
#include "model/self_test.hpp"

namespace tmd::host::cli {
namespace {

struct SelfTestCommand {
  std::string model;
  std::string output;
  std::uint32_t seed = 1;
  bool json = false;
  input::InputChoice input;
};

void write_input(const SelfTestCommand& command) {
  const input::Input input = input::load_input(command.model, command.input);
  input::check_part_is_there({{input.kind, command.model}}, command.input);
  const model::OpenModel open = open_model(input, command.model);
  host::Bytes bytes;
  try {
    bytes = model::generated_input(open.model, command.seed);
  } catch (const host::Error& error) {
    throw host::Error(command.model + ": " + error.what());
  }
  host::write_file(command.output, host::view(bytes));
  print_outcome(command.json,
                fmt::format("{}: {} bytes, generated from {}\n", command.output,
                            host::with_commas(bytes.size()), command.seed),
                {{"input", command.output},
                 {"bytes", std::uint64_t{bytes.size()}},
                 {"seed", std::uint64_t{command.seed}}},
                {command.output});
}

}  // namespace

void add_self_test_command(Command& program) {
  auto command = std::make_shared<SelfTestCommand>();
  Command app =
      program.add_subcommand("self-test", "Write the input that --self-test-seed of tmd diff stands for");
  app.add_option("MODEL", command->model, "The model that it is for").required().reads_file();
  app.add_option("-o,--output", command->output, "Where to write the inputs' bytes").required().writes_file();
  app.add_option("--seed", command->seed, "What it is generated from").positive().shows_default();
  add_input_options(app, command->input);
  app.add_flag("--json", command->json, "Print JSON");
  app.footer(
      "Run the model on it where you trust its output, then send both along:\n"
      "  tmd self-test new.tflite --seed 7 -o input.bin\n"
      "  tmd diff old.tflite new.tflite -o update.tmd --self-test-seed 7 --expect-output output.bin");
  app.callback([command] { write_input(*command); });
}

}  // namespace tmd::host::cli
