// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/numbers.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/input_options.hpp"
#include "cli/outcome.hpp"
#include "input/load_input.hpp"
#include "model/factory_record.hpp"
#include "model/source_text.hpp"

namespace tmd::host::cli {
namespace {

struct FactoryCommand {
  std::string model;
  std::string output;
  std::string version;
  bool json = false;
  model::FactorySource source;
  input::InputChoice input;
};

std::array<std::uint16_t, 3> version_of(const FactoryCommand& command, const input::Input& input) try {
  return command.version.empty() ? input.version.value_or(std::array<std::uint16_t, 3>{})
                                 : host::to_version(command.version);
} catch (const host::Error& error) {
  throw UsageError("--model-version", error.what());
}

void write_record(const FactoryCommand& command, const model::FactoryRecord& record,
                  const host::Bytes& bytes) {
  const std::string form = std::filesystem::path(command.output).extension().string();
  if (form == ".bin") {
    if (!command.source.section.empty()) throw UsageError("--array", "a .bin holds the record alone");
    const host::Bytes content = model::factory_bytes(record);
    return host::write_file(command.output, host::view(content));
  }
  if (form == ".c")
    return host::write_file(command.output, model::factory_c_source(record, bytes, command.source));
  if (form == ".hpp" || form == ".h" || form == ".hh" || form == ".hxx")
    return host::write_file(command.output, model::factory_header(record, bytes, command.source));
  throw UsageError("--output", fmt::format("'{}' ends in none of .hpp, .h, .c and .bin", command.output));
}

void factory(FactoryCommand& command) {
  const input::Input input = input::load_input(command.model, command.input);
  input::check_part_is_there({{input.kind, command.model}}, command.input);
  if (!command.source.name.empty() && std::filesystem::path(command.output).extension() == ".bin")
    throw UsageError("--name", "a .bin holds the record alone");
  command.source.model_name = std::filesystem::path(command.model).filename().string();
  if (command.source.name.empty())
    command.source.name = command.output.ends_with(".c") ? "tmd_factory" : "factory_model";
  const model::FactoryRecord record = model::factory_record(input.bytes, version_of(command, input));
  write_record(command, record, input.bytes);
  const std::string digest = host::to_hex(record.digest.view());
  std::FILE* out = beside({command.output});
  if (command.json) {
    const nlohmann::ordered_json json = {{"output", command.output},
                                         {"model_bytes", record.length},
                                         {"version", record.version},
                                         {"digest", digest}};
    fmt::print(out, "{}\n", json.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
  } else {
    fmt::print(out, "{}: a model of {} bytes, SHA-256 {}\n", command.output, host::with_commas(record.length),
               digest);
  }
}

}  // namespace

void add_factory(Command& program) {
  auto command = std::make_shared<FactoryCommand>();
  Command app = program.add_subcommand(
      "factory", "Write what a firmware must know of the model it leaves the factory with");
  app.add_option("MODEL", command->model, "The model that is programmed into slot A").required().reads_file();
  app.add_option("-o,--output", command->output,
                 "Where to write: .hpp (C++), .c, or .bin (a record to program beside the model)")
      .required()
      .writes_file();
  app.add_option("--name", command->source.name,
                 "Name of the function in namespace firmware (factory_model), or prefix in C (tmd_factory)")
      .checked(model::name_fault);
  app.add_option("--model-version", command->version, "The model's version: MAJOR.MINOR.PATCH");
  const Option array = app.add_option("--array", command->source.section,
                                      "Write the model's bytes too, for this section of the linker script");
  app.add_option("--align", command->source.alignment, "Alignment of that array, in bytes")
      .one_of({1, 4, 8, 16, 32, 64})
      .only_with(array)
      .shows_default();
  add_input_options(app, command->input);
  app.add_flag("--json", command->json, "Print JSON");
  app.footer(
      "Examples:\n  tmd factory model.tflite -o factory.hpp\n"
      "  tmd factory model.tflite -o factory.hpp --array .slot_a");
  app.callback([command] { factory(*command); });
}

}  // namespace tmd::host::cli
