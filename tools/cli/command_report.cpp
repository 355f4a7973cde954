// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/numbers.hpp"
#include "base/progress.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/input_options.hpp"
#include "cli/outcome.hpp"
#include "cli/target_entries.hpp"
#include "fleet/release_patches.hpp"
#include "input/load_input.hpp"
#include "model/reader.hpp"
#include "patch/make_patch.hpp"
#include "report/fleet_report.hpp"
#include "report/one_slot_run.hpp"
#include "report/patch_report.hpp"
#include "report/two_slot_run.hpp"

namespace tmd::host::cli {
namespace {

struct ReportCommand {
  std::string base;
  std::string target;
  std::string patch;
  std::string output;
  std::vector<std::string> bases;
  input::InputChoice input;
  bool json = false;
};

std::string name_of(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

/// The patch is about these very models, or an Error says which it is not about.
void check_belongs(const patch::PatchFile& patch, const ReportCommand& command, ConstBytes base,
                   ConstBytes target) {
  const Manifest& manifest = patch.manifest;
  const auto is = [](ConstBytes bytes, std::uint32_t length, const Digest& digest) {
    return bytes.size() == length && host::digest_of_file(digest.kind, bytes) == digest;
  };
  if (!is(base, manifest.base_length, manifest.base))
    throw host::Error(fmt::format("{} is not the base of {}; give the very model that it was made from",
                                  command.base, command.patch));
  if (!is(target, manifest.target_length, manifest.target))
    throw host::Error(fmt::format("{} is not the target of {}; give what tmd apply makes of it",
                                  command.target, command.patch));
}

report::PatchReport gather(const ReportCommand& command) {
  const input::Input base = input::load_base(command.base, command.input);
  const input::Input target = input::load_input(command.target, command.input);
  input::check_same_kind(base, command.base, target, command.target, command.input);
  report::PatchReport report;
  report.base_name = name_of(command.base);
  report.target_name = name_of(command.target);
  report.base_bytes = base.bytes.size();
  report.target_bytes = target.bytes.size();
  report.was_given = !command.patch.empty();
  if (report.was_given) {
    report.patch = patch::open_patch(command.patch);
    check_belongs(report.patch, command, host::view(base.bytes), host::view(target.bytes));
  }
  host::Progress progress("report", report.target_bytes, "B");
  patch::PatchRecipe recipe = default_recipe(base, target, command.target);
  const codec::ReadWindow window = report.patch.window();
  if (report.was_given && !window.is_open())
    patch::plan_for_one_slot(recipe, window.block_size, window.spare);
  recipe.on_progress = [&](double share) {
    progress.update(static_cast<std::uint64_t>(share * static_cast<double>(report.target_bytes)));
  };
  const patch::MadePatch made = patch::make_patch(host::view(base.bytes), host::view(target.bytes), recipe);
  patch::PatchFile by_default = patch::parse_patch("the patch", made.bytes);
  report.explained_body = by_default.body().size();
  if (!report.was_given) report.patch = std::move(by_default);
  report.layers = report::layer_costs(made.explanation);
  if (model::is_tflite(host::view(base.bytes)) && model::is_tflite(host::view(target.bytes))) {
    const model::OpenModel before = open_model(base, command.base);
    const model::OpenModel after = open_model(target, command.target);
    report::add_moves(report.layers, before, after);
    model::CheckOptions options;
    options.arena = arena_choice(target, {});
    report.check =
        model::check(before, after, model::facts_of_base(before.model, arena_choice(base, {})), options);
  }
  report.others = report::sizes_by_other_tools(host::view(base.bytes), host::view(target.bytes));
  const auto run_on_flash =
      report.patch.window().is_open() ? report::run_with_two_slots : report::run_with_one_slot;
  report.flash = run_on_flash(host::view(base.bytes), report.patch);
  return report;
}

void run(const ReportCommand& command) {
  host::check_can_create(command.output);
  std::string html;
  if (!command.bases.empty()) {
    if (!command.base.empty() || !command.patch.empty())
      throw UsageError("--bases", "it takes the place of BASE, TARGET and --patch");
    refuse_input_options(command.input, "only for models, and manifests are read here");
    std::vector<fleet::FleetManifest> releases;
    for (const std::string& folder : command.bases)
      releases.push_back(fleet::read_release_or_manifest(folder));
    html = report::to_html(releases);
  } else {
    if (command.base.empty() || command.target.empty()) throw missing("BASE TARGET");
    html = report::to_html(gather(command));
  }
  host::write_file(command.output, html);
  print_outcome(
      command.json,
      fmt::format("{}: {} bytes, one file for any browser\n", command.output, host::with_commas(html.size())),
      {{"output", command.output}, {"bytes", std::uint64_t{html.size()}}}, {command.output});
}

}  // namespace

void add_report(Command& program) {
  auto command = std::make_shared<ReportCommand>();
  Command app = program.add_subcommand(
      "report", "Write a page about a step between two models: what it changes and costs");
  app.add_option("BASE", command->base, "The model that devices have now").reads_file();
  app.add_option("TARGET", command->target, "The model that they shall have").reads_file();
  app.add_option("--patch", command->patch, "The patch that devices get; else one is made for the page")
      .reads_file();
  app.add_option("--bases", command->bases,
                 "In place of BASE and TARGET: folders of tmd diff --bases, the newest release last, for a "
                 "page about the fleet")
      .one_value_each()
      .reads_file();
  app.add_option("-o,--output", command->output, "Where to write the page, HTML in one file")
      .required()
      .writes_file();
  add_input_options(app, command->input);
  app.add_flag("--json", command->json, "Print JSON");
  app.footer(
      "Examples:\n  tmd report old.tflite new.tflite --patch update.tmd -o report.html\n"
      "  tmd report --bases patches-1.1.0 --bases patches-1.2.0 -o fleet.html");
  app.callback([command] { run(*command); });
}

}  // namespace tmd::host::cli
