// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/files.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/input_options.hpp"
#include "input/load_input.hpp"
#include "model/limits_header.hpp"

namespace tmd::host::cli {
namespace {

struct LimitsOptions {
  std::string model;
  std::string output;
  input::InputChoice input;
  model::LimitsChoice limits;
  bool json = false;
};

void limits(LimitsOptions& options) {
  const input::Input input = input::load_input(options.model, options.input);
  const model::OpenModel open = open_model(input, options.model);
  options.limits.model_name = std::filesystem::path(options.model).filename().string();
  options.limits.arena = arena_choice(input, options.limits.arena);
  host::write_file(options.output, model::limits_header(open.model, options.limits));
}

}  // namespace

void add_limits(Command& program) {
  auto options = std::make_shared<LimitsOptions>();
  Command command = program.add_subcommand("limits", "Write the header that says what a firmware can run");
  command.add_option("MODEL", options->model, "The model that the firmware was made for")
      .required()
      .reads_file();
  command.add_option("-o,--output", options->output, "Where to write the header").required().writes_file();
  command.add_option("--name", options->limits.structure, "Name of the structure, in namespace firmware")
      .shows_default();
  command.add_flag("--allow-relaxed", options->limits.allow_relaxed,
                   "Take patches in relaxed mode: the application reads quantisation from the model");
  add_arena_options(command, options->limits.arena);
  add_input_options(command, options->input);
  command.add_flag("--json", options->json, "Print JSON");
  command.footer("Example:\n  tmd limits model.tflite -o limits.hpp");
  command.callback([options] { limits(*options); });
}

}  // namespace tmd::host::cli
