// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/files.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/input_options.hpp"
#include "cli/outcome.hpp"
#include "input/load_input.hpp"
#include "model/limits_file.hpp"
#include "model/limits_header.hpp"
#include "model/limits_json.hpp"
#include "model/reader.hpp"
#include "model/source_text.hpp"

namespace tmd::host::cli {
namespace {

struct LimitsOptions {
  std::vector<std::string> models;
  std::string output;
  std::string structure = "ModelLimits";
  std::string headroom;
  std::string flexible;
  bool allow_relaxed = false;
  input::InputChoice input;
  model::ArenaChoice arena;
  bool json = false;
};

/// "30%" or "0.3".
double parse_headroom(const std::string& text) {
  if (text.empty()) return 0;
  std::size_t used = 0;
  double number = -1;
  try {
    number = std::stod(text, &used);
  } catch (const std::exception&) {
    used = text.size();
  }
  const bool percent = text.substr(used) == "%";
  // A number without a sign is more likely a percentage whose sign was forgotten. What is no number compares as false.
  const double most = percent ? 10000 : 1;
  if (!(number >= 0 && number <= most) || (!percent && used != text.size()))
    throw UsageError("--headroom", "a share such as 30% or 0.3");
  return percent ? number / 100 : number;
}

/// The header, and its JSON beside it. Both are made before either is written.
void write_limits(const LimitsOptions& options, const model::Envelope& envelope) {
  const std::string header = model::limits_header(envelope, options.structure);
  const std::string json = model::limits_json(envelope, options.structure, header);
  host::write_file(model::limits_json_path(options.output), json);
  host::write_file(options.output, header);
}

/// The JSON's path is no option of its own: what it must not overwrite is refused here.
void check_output(const LimitsOptions& options) {
  namespace fs = std::filesystem;
  const fs::path json = model::limits_json_path(options.output);
  if (json == fs::path(options.output))
    throw UsageError("--output", "the header's name ends in .json, which is that of the JSON beside it");
  std::error_code error;
  if (fs::exists(options.output, error) && !fs::is_regular_file(options.output, error))
    throw UsageError("--output", options.output + " is no file, and the JSON goes beside one");
  for (const std::string& model : options.models) {
    if (fs::equivalent(json, model, error))
      throw UsageError("--output", "the JSON beside the header would overwrite " + model);
  }
}

/// A table of compiled code has no description: what reads it must stay the same, and that is all.
bool write_table_limits(const LimitsOptions& options) {
  if (options.models.size() != 1) return false;
  const input::Input table = input::load_input(options.models.front(), options.input);
  if (table.kind != input::InputKind::elf || model::is_tflite(host::view(table.bytes))) return false;
  model::Envelope envelope;
  envelope.facts.code_digest = table.code_digest;
  envelope.notes = {fmt::format("{}, {}: {} bytes",
                                std::filesystem::path(options.models.front()).filename().string(), table.part,
                                table.bytes.size())};
  write_limits(options, envelope);
  return true;
}

void limits(const LimitsOptions& options) {
  check_output(options);
  if (write_table_limits(options)) return;
  model::EnvelopeChoice choice;
  choice.headroom = parse_headroom(options.headroom);
  choice.allow_relaxed = options.allow_relaxed;
  try {
    choice.io_flexible = model::parse_flexible(options.flexible);
  } catch (const host::Error& error) {
    throw UsageError("--flexible", error.what());
  }
  std::vector<model::Candidate> candidates;
  std::vector<input::ReadFile> files;
  for (const std::string& path : options.models) {
    const input::Input input = input::load_input(path, options.input);
    files.push_back({input.kind, path});
    model::OpenModel open = open_model(input, path);
    candidates.push_back({std::filesystem::path(path).filename().string(), std::move(open.model),
                          static_cast<std::uint32_t>(input.bytes.size()),
                          arena_choice(input, options.arena)});
    warn_of_unknown_kernels(candidates.back().model, path, candidates.back().arena);
  }
  input::check_part_is_there(files, options.input);
  model::Envelope envelope = model::envelope_of(candidates, choice);
  // A single model without headroom says nothing about the slot that the firmware gives it.
  if (candidates.size() == 1 && choice.headroom == 0) envelope.facts.slot_bytes = 0;
  write_limits(options, envelope);
  std::string notes;
  for (const std::string& note : envelope.notes) notes += note + "\n";
  print_outcome(options.json, notes,
                {{"output", options.output},
                 {"json", model::limits_json_path(options.output).string()},
                 {"structure", "firmware::" + options.structure},
                 {"arena_bytes", std::uint64_t{envelope.facts.arena_bytes}}},
                {options.output});
}

}  // namespace

void add_limits(Command& program) {
  auto options = std::make_shared<LimitsOptions>();
  Command command = program.add_subcommand("limits", "Write the header that says what a firmware can run");
  command
      .add_option("MODEL", options->models,
                  "The model that the firmware was made for, or all that it shall be able to run")
      .required()
      .reads_file();
  command
      .add_option("-o,--output", options->output,
                  "Where to write the header; the same as JSON goes beside it")
      .required()
      .writes_file();
  command.add_option("--name", options->structure, "Name of the structure, in namespace firmware")
      .shows_default()
      .checked(model::name_fault);
  command.add_flag("--allow-relaxed", options->allow_relaxed,
                   "Take patches in relaxed mode: the application reads quantisation from the model");
  command.add_option("--headroom", options->headroom,
                     "Share that is added to the largest arena and slot, for models to come: 30%");
  command.add_option("--flexible", options->flexible,
                     "What of inputs and outputs may differ: classes, resolution, quantisation");
  add_arena_options(command, options->arena);
  add_input_options(command, options->input);
  command.add_flag("--json", options->json, "Print JSON");
  command.footer(
      "Examples:\n  tmd limits model.tflite -o limits.hpp\n"
      "  tmd limits *.tflite --headroom 30% --flexible classes,resolution -o limits.hpp");
  command.callback([options] { limits(*options); });
}

}  // namespace tmd::host::cli
