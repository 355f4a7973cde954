// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/files.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/input_options.hpp"
#include "input/check_tables.hpp"
#include "input/load_input.hpp"
#include "model/check.hpp"
#include "model/reader.hpp"

namespace tmd::host::cli {
namespace {

struct CheckCommand {
  std::string base;
  std::string target;
  std::string limits;
  bool json = false;
  input::InputChoice input;
  model::CheckOptions options;
};

model::FirmwareFacts firmware_of(const CheckCommand& command, const input::Input& input,
                                 const model::Model& base) {
  if (command.limits.empty()) return model::facts_of_base(base, arena_choice(input, {}));
  const host::Bytes header = host::read_file(command.limits);
  return model::read_limits_header(std::string(header.begin(), header.end()), command.limits);
}

/// Tables of compiled code have no description of themselves; anything else must be a TFLite model.
bool is_table(const input::Input& input, const input::InputChoice& choice) {
  return !model::is_tflite(host::view(input.bytes)) && (input.kind == input::InputKind::elf || choice.raw);
}

model::CheckReport report_of(const CheckCommand& command) {
  const input::Input base = input::load_input(command.base, command.input);
  const input::Input target = input::load_input(command.target, command.input);
  if (is_table(base, command.input) && is_table(target, command.input))
    return input::check_tables(base, target, command.options);
  const model::OpenModel before = open_model(base, command.base);
  model::CheckOptions options = command.options;
  options.arena = arena_choice(target, options.arena);
  model::CheckReport report = model::check(before, open_model(target, command.target),
                                           firmware_of(command, base, before.model), options);
  if (base.kind == input::InputKind::edge_impulse && target.kind == input::InputKind::edge_impulse)
    input::add_compiled_in(report, base, target);
  return report;
}

void print_json(const model::CheckReport& report) {
  nlohmann::ordered_json json = {{"verdict", model::to_string(report.verdict)}};
  json["reasons"] = nlohmann::ordered_json::array();
  for (const model::Reason& reason : report.reasons) {
    json["reasons"].push_back(
        {{"verdict", model::to_string(reason.verdict)}, {"kind", reason.kind}, {"text", reason.text}});
  }
  fmt::print("{}\n", json.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
}

void check(const CheckCommand& command) {
  const model::CheckReport report = report_of(command);
  if (command.json) {
    print_json(report);
  } else {
    fmt::print("{}\n", report.verdict == model::Verdict::patch ? "patch: a model patch is enough"
                                                               : "firmware: the firmware must change too");
    for (const model::Reason& reason : report.reasons)
      fmt::print("  {:<9} {:<17} {}\n", model::to_string(reason.verdict), reason.kind, reason.text);
  }
  if (report.verdict == model::Verdict::firmware) throw NegativeAnswer();
}

}  // namespace

void add_check(Command& program) {
  auto command = std::make_shared<CheckCommand>();
  Command app = program.add_subcommand("check", "Say whether a patch is enough or the firmware must change");
  app.add_option("BASE", command->base, "The model that devices have now").required();
  app.add_option("TARGET", command->target, "The model that they shall have").required();
  app.add_option("--limits", command->limits,
                 "The firmware's limits header; else a firmware that runs BASE is meant");
  app.add_flag("--strict", command->options.strict, "Quantisation of inputs and outputs may not differ");
  app.add_option("--slot-size", command->options.slot_bytes, "Bytes of flash for one model");
  add_arena_options(app, command->options.arena);
  add_input_options(app, command->input);
  app.add_flag("--json", command->json, "Print JSON");
  app.footer(
      "Exit status: 0 a patch is enough, 1 the firmware must change.\n"
      "Example:\n  tmd check old.tflite new.tflite --limits limits.hpp");
  app.callback([command] { check(*command); });
}

}  // namespace tmd::host::cli
