// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/numbers.hpp"
#include "base/progress.hpp"
#include "base/terminal_text.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/input_options.hpp"
#include "cli/target_entries.hpp"
#include "fleet/fleet_plan.hpp"
#include "fleet/release_patches.hpp"
#include "input/load_input.hpp"
#include "patch/make_patch.hpp"

namespace tmd::host::cli {
namespace {

using Json = nlohmann::ordered_json;
using Way = fleet::FleetPlan::Way;

struct PlanCommand {
  std::vector<std::string> sources;
  std::string device;
  std::string to;
  bool json = false;
  input::InputChoice input;
};

/// A model of a folder with its bytes, for measuring.
struct LoadedModel {
  fleet::FleetModel model;
  std::string path;
  input::Input input;
};

LoadedModel load(const PlanCommand& command, const std::filesystem::path& path) {
  input::Input input = input::load_input(path, command.input);
  fleet::FleetModel model = fleet::describe_model(path.filename().string(), host::view(input.bytes));
  return {std::move(model), path.string(), std::move(input)};
}

/// Of the patch as `tmd diff` makes it.
std::uint64_t bytes_of_patch(const LoadedModel& base, const LoadedModel& target) {
  const patch::PatchRecipe recipe = default_recipe(base.input, target.input, target.path);
  return patch::make_patch(host::view(base.input.bytes), host::view(target.input.bytes), recipe).bytes.size();
}

void check_part_is_there(const PlanCommand& command, const std::vector<LoadedModel>& models) {
  std::vector<input::ReadFile> files;
  for (const LoadedModel& loaded : models) files.push_back({loaded.input.kind, loaded.path});
  input::check_part_is_there(files, command.input);
}

bool is_file(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

bool has_manifest(const std::string& source) {
  return !std::filesystem::is_directory(source) || is_file(source + "/" + fleet::kFleetManifestName);
}

/// The patches of the releases whose manifests are given, the newest one last.
fleet::FleetPlan plan_from_manifests(const PlanCommand& command) {
  fleet::Fleet fleet;
  std::string newest;
  for (const std::string& source : command.sources) {
    const fleet::FleetManifest manifest = fleet::read_release_or_manifest(source);
    fleet.add(manifest);
    newest = manifest.target.sha256;
  }
  const fleet::FleetModel target =
      command.to.empty() ? *fleet.find(newest) : fleet::model_named(fleet, command.to);
  if (!is_file(command.device)) {
    refuse_input_options(command.input, "only for models, and manifests are read here");
    return fleet::plan_update(fleet, fleet::model_named(fleet, command.device), target);
  }
  const LoadedModel device = load(command, command.device);
  check_part_is_there(command, {device});
  return fleet::plan_update(fleet, device.model, target);
}

bool is_older(const LoadedModel& a, const LoadedModel& b) {
  return fleet::is_older(a.model.version, b.model.version);
}

/// Sorted by version. Throws where one has none: there is then no order to go through them.
std::vector<LoadedModel> load_folder(const PlanCommand& command, const std::string& folder) {
  std::vector<LoadedModel> models;
  for (const std::filesystem::path& path : fleet::models_in(folder)) {
    models.push_back(load(command, path));
    if (models.back().model.version.empty())
      throw host::Error(
          fmt::format("{}: no version in its name; name models like gesture-1.2.3.tflite, or give "
                      "manifests of tmd diff --bases",
                      path.string()));
  }
  std::stable_sort(models.begin(), models.end(), is_older);
  return models;
}

/// Where a device's model stands among those of the folder: its way leads over newer ones alone. One without a version
/// is older than all.
std::vector<LoadedModel>::iterator place_of(const LoadedModel& device, std::vector<LoadedModel>& models) {
  return std::upper_bound(models.begin(), models.end(), device, is_older);
}

/// No patches were made yet: measures the direct one and those from version to version.
fleet::FleetPlan plan_from_folder(const PlanCommand& command) {
  std::vector<LoadedModel> models = load_folder(command, command.sources.front());
  fleet::Fleet fleet;
  for (const LoadedModel& loaded : models) fleet.add(loaded.model);
  const std::string target_digest =
      command.to.empty() ? models.back().model.sha256 : fleet::model_named(fleet, command.to).sha256;
  std::string device_digest;
  const bool has_none = command.device == "nothing" && !is_file(command.device);
  if (has_none || is_file(command.device)) {
    LoadedModel device = has_none ? LoadedModel{fleet::no_model(), "", {}} : load(command, command.device);
    device_digest = device.model.sha256;
    const bool is_new = fleet.find(device_digest) == nullptr;
    fleet.add(device.model);
    if (is_new) models.insert(place_of(device, models), std::move(device));
  } else {
    device_digest = fleet::model_named(fleet, command.device).sha256;
  }
  check_part_is_there(command, models);
  const auto index_of = [&](const std::string& digest) {
    return static_cast<std::size_t>(
        std::find_if(models.begin(), models.end(),
                     [&](const LoadedModel& loaded) { return loaded.model.sha256 == digest; }) -
        models.begin());
  };
  const std::size_t from = index_of(device_digest);
  const std::size_t to = index_of(target_digest);
  std::vector<std::pair<std::size_t, std::size_t>> pairs = {{from, to}};
  for (std::size_t i = from; i < to && to - from > 1; ++i) pairs.emplace_back(i, i + 1);
  host::Progress progress("plan", pairs.size(), "steps");
  std::uint64_t done = 0;
  for (const auto& [a, b] : pairs) {
    fleet.steps.push_back(
        {models[a].model.sha256, models[b].model.sha256, "", bytes_of_patch(models[a], models[b])});
    progress.update(++done);
  }
  return fleet::plan_update(fleet, models[from].model, models[to].model);
}

const char* name_of(Way way) {
  switch (way) {
    case Way::none:
      return "none";
    case Way::direct:
      return "direct";
    case Way::chain:
      return "chain";
    case Way::full:
      break;
  }
  return "full";
}

std::string label(const fleet::FleetModel& model) {
  if (model.bytes == 0) return "nothing";
  const std::string digest = model.sha256.substr(0, 16);
  const std::string name = host::terminal_text(model.names.empty() ? "model" : model.names.front());
  return model.version.empty() ? fmt::format("{} ({})", name, digest)
                               : fmt::format("{} ({}, {})", name, model.version, digest);
}

Json way_json(const std::vector<fleet::FleetStep>& steps) {
  if (steps.empty()) return nullptr;
  Json patches = Json::array();
  for (const fleet::FleetStep& step : steps) {
    patches.push_back(
        {{"file", step.file}, {"bytes", step.bytes}, {"base_sha256", step.from}, {"target_sha256", step.to}});
  }
  return {{"bytes", fleet::bytes_of(steps)}, {"patches", patches}};
}

/// Without a patch from an empty base the model as it is, of which no file is named.
Json full_json(const fleet::FleetPlan& plan) {
  return plan.full.empty() ? Json{{"bytes", plan.target.bytes}} : way_json(plan.full);
}

void print_json(const fleet::FleetPlan& plan) {
  const auto model = [](const fleet::FleetModel& is) -> Json {
    return {{"names", is.names}, {"bytes", is.bytes}, {"sha256", is.sha256}, {"version", is.version}};
  };
  const Json json = {{"recommendation", name_of(plan.best)}, {"device", model(plan.device)},
                     {"target", model(plan.target)},         {"direct", way_json(plan.direct)},
                     {"chain", way_json(plan.chain)},        {"full", full_json(plan)}};
  fmt::print("{}\n", json.dump(2, ' ', true, Json::error_handler_t::replace));
}

void print_way(const char* name, const std::vector<fleet::FleetStep>& steps, bool best) {
  if (steps.empty()) {
    fmt::print("  {:<7} there is none\n", name);
    return;
  }
  fmt::print("  {:<7} {:>12} bytes, {} {}{}\n", name, host::with_commas(fleet::bytes_of(steps)), steps.size(),
             steps.size() == 1 ? "patch" : "patches", best ? "  <- fewest bytes" : "");
  for (const fleet::FleetStep& step : steps) {
    fmt::print("          {:>12} {}\n", host::with_commas(step.bytes),
               step.file.empty() ? step.from.substr(0, 16) + " to " + step.to.substr(0, 16) : step.file);
  }
}

void print_plan(const fleet::FleetPlan& plan) {
  fmt::print("from {}\nto   {}\n", label(plan.device), label(plan.target));
  if (plan.best == Way::none) {
    fmt::print("none: the device has it already\n");
    return;
  }
  print_way("direct", plan.direct, plan.best == Way::direct);
  print_way("chain", plan.chain, plan.best == Way::chain);
  if (!plan.full.empty()) return print_way("full", plan.full, plan.best == Way::full);
  fmt::print("  {:<7} {:>12} bytes, the model as it is{}\n", "full", host::with_commas(plan.target.bytes),
             plan.best == Way::full ? "  <- fewest bytes" : "");
}

void run(const PlanCommand& command) {
  const bool manifests = std::all_of(command.sources.begin(), command.sources.end(), has_manifest);
  if (!manifests && command.sources.size() != 1)
    throw UsageError("give one folder of models, or one or more manifests of tmd diff --bases");
  const fleet::FleetPlan plan = manifests ? plan_from_manifests(command) : plan_from_folder(command);
  if (command.json) return print_json(plan);
  print_plan(plan);
}

}  // namespace

void add_plan(Command& program) {
  auto command = std::make_shared<PlanCommand>();
  Command app = program.add_subcommand(
      "plan", "Say whether a device should take a direct patch, a chain of patches, or the full model");
  app.add_option("SOURCE", command->sources,
                 "Manifests of tmd diff --bases, or their folders, the newest release last; or a folder of "
                 "models with their versions in their names")
      .required();
  app.add_option(
         "--device", command->device,
         "What the device has: a model file, or a name, version or SHA-256 that a manifest knows; nothing: "
         "no model yet")
      .required();
  app.add_option("--to", command->to, "What it shall have; the newest unless given");
  app.add_flag("--json", command->json, "Print JSON");
  add_input_options(app, command->input);
  app.footer(
      "Examples:\n  tmd plan patches-1.1.0/ patches-1.2.0/ --device 1.0.0\n"
      "  tmd plan released/ --device gesture-1.0.0.tflite");
  app.callback([command] { run(*command); });
}

}  // namespace tmd::host::cli
