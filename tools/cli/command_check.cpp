// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/numbers.hpp"
#include "base/terminal_text.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/input_options.hpp"
#include "cli/production_checklist.hpp"
#include "input/check_tables.hpp"
#include "input/load_input.hpp"
#include "model/check.hpp"
#include "model/limits_file.hpp"
#include "model/reader.hpp"

namespace tmd::host::cli {
namespace {

struct CheckCommand {
  std::string base;
  std::string target;
  std::string limits;
  bool allow_relaxed = false;  ///< Without `limits`: what the firmware would say.
  bool production = false;
  std::string patch;           ///< With `production`.
  std::string version_before;  ///< "1.2.3"
  std::optional<std::uint32_t> counter_before;
  bool json = false;
  input::InputChoice input;
  model::CheckOptions options;
};

model::FirmwareFacts firmware_of(const CheckCommand& command, const input::Input& input,
                                 const model::Model& base) {
  if (command.limits.empty()) {
    model::FirmwareFacts facts = model::facts_of_base(base, arena_choice(input, {}));
    facts.allow_relaxed = command.allow_relaxed;
    return facts;
  }
  return model::read_limits(command.limits);
}

/// Tables of compiled code have no description of themselves; anything else must be a TFLite model.
bool is_table(const input::Input& input, const input::InputChoice& choice) {
  return !model::is_tflite(host::view(input.bytes)) && (input.kind == input::InputKind::elf || choice.raw);
}

model::CheckReport report_of(const CheckCommand& command) {
  const input::Input base = input::load_input(command.base, command.input);
  const input::Input target = input::load_input(command.target, command.input);
  input::check_part_is_there({{base.kind, command.base}, {target.kind, command.target}}, command.input);
  if (is_table(base, command.input) && is_table(target, command.input))
    return input::check_tables(
        base, target, command.options,
        command.limits.empty() ? model::FirmwareFacts() : model::read_limits(command.limits));
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

std::optional<std::array<std::uint16_t, 3>> version_before(const std::string& text) try {
  if (text.empty()) return std::nullopt;
  return host::to_version(text);
} catch (const host::Error& error) {
  throw UsageError("--version-before", error.what());
}

void print_boxes(const std::vector<Box>& boxes, bool json) {
  if (!json) {
    for (const Box& box : boxes) fmt::print("{:<9}  {:<9}  {}\n", to_string(box.state), box.name, box.text);
    return;
  }
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Box& box : boxes)
    list.push_back({{"name", box.name}, {"state", to_string(box.state)}, {"text", box.text}});
  const nlohmann::ordered_json object = {{"boxes", list}};
  fmt::print("{}\n", object.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
}

/// The checklist of a release: of one model, or of a step where BASE is given too.
void check_production(const CheckCommand& command) {
  const std::string& path = command.target.empty() ? command.base : command.target;
  const input::Input target = input::load_input(path, command.input);
  if (command.target.empty()) input::check_part_is_there({{target.kind, path}}, command.input);
  if (command.target.empty() && (command.options.strict || command.allow_relaxed))
    throw UsageError("--strict and --allow-relaxed are about a step: give BASE and TARGET");
  const model::OpenModel open = open_model(target, path);
  ReleaseFacts release;
  release.target = &open;
  release.arena_bytes = model::arena_bytes(open.model, arena_choice(target, command.options.arena));
  if (!command.limits.empty()) release.firmware = model::read_limits(command.limits);
  release.slot_bytes = command.options.slot_bytes;
  release.version_before = version_before(command.version_before);
  release.counter_before = command.counter_before;
  std::optional<patch::PatchFile> patch;
  if (!command.patch.empty()) release.patch = &patch.emplace(patch::open_patch(command.patch));
  if (patch && patch->manifest.target_length != open.bytes.size())
    throw host::Error(fmt::format("{} is no patch to {}: it makes {} bytes, not {}", command.patch, path,
                                  patch->manifest.target_length, open.bytes.size()));
  std::vector<Box> boxes = production_checklist(release);
  if (!command.target.empty()) {
    const model::CheckReport report = report_of(command);
    boxes.push_back({"update", report.verdict == model::Verdict::patch ? BoxState::pass : BoxState::fail,
                     report.reasons.empty() ? std::string() : report.reasons.front().text});
  }
  print_boxes(boxes, command.json);
  const bool fails =
      std::any_of(boxes.begin(), boxes.end(), [](const Box& box) { return box.state == BoxState::fail; });
  if (fails) throw NegativeAnswer();
}

void check(const CheckCommand& command) {
  if (command.production) return check_production(command);
  if (command.target.empty()) throw missing("TARGET");
  if (!command.patch.empty() || !command.version_before.empty() || command.counter_before)
    throw UsageError("--patch, --version-before and --counter-before go with --production");
  const model::CheckReport report = report_of(command);
  if (command.json) {
    print_json(report);
  } else {
    fmt::print("{}\n", report.verdict == model::Verdict::patch ? "patch: a model patch is enough"
                                                               : "firmware: the firmware must change too");
    for (const model::Reason& reason : report.reasons)
      fmt::print("  {:<9} {:<17} {}\n", model::to_string(reason.verdict), reason.kind,
                 host::terminal_text(reason.text));
  }
  if (report.verdict == model::Verdict::firmware) throw NegativeAnswer();
}

}  // namespace

void add_check(Command& program) {
  auto command = std::make_shared<CheckCommand>();
  Command app = program.add_subcommand("check", "Say whether a patch is enough or the firmware must change");
  app.add_option("BASE", command->base, "The model that devices have now").required().reads_file();
  app.add_option("TARGET", command->target, "The model that they shall have").reads_file();
  const Option limits = app.add_option("--limits", command->limits,
                                       "The firmware's limits: the header, by the JSON beside it or by the "
                                       "compiler in CXX, or the JSON; "
                                       "else a firmware that runs BASE is meant")
                            .reads_file();
  const Option strict =
      app.add_flag("--strict", command->options.strict, "Quantisation of inputs and outputs may not differ");
  app.add_flag("--allow-relaxed", command->allow_relaxed,
               "Without --limits: the application reads quantisation from the model, as tmd limits "
               "--allow-relaxed says")
      .excludes(limits)
      .excludes(strict);
  app.add_option("--slot-size", command->options.slot_bytes, "Bytes of flash for one model");
  add_arena_options(app, command->options.arena);
  add_input_options(app, command->input);
  app.add_flag("--production", command->production,
               "Go through a production checklist instead; BASE may be left out");
  app.add_option("--patch", command->patch, "With --production: the patch that devices get").reads_file();
  app.add_option("--version-before", command->version_before,
                 "With --production: the version that devices have");
  app.add_option("--counter-before", command->counter_before,
                 "With --production: the security counter that devices have");
  app.add_flag("--json", command->json, "Print JSON");
  app.footer(
      "Exit status: 0 a patch is enough, 1 the firmware must change; with --production 1 where a box fails.\n"
      "Examples:\n  tmd check old.tflite new.tflite --limits limits.hpp\n"
      "  tmd check new.tflite --production --patch update.tmd --limits limits.hpp --slot-size 98304");
  app.callback([command] { check(*command); });
}

}  // namespace tmd::host::cli
