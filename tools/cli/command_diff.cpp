// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/numbers.hpp"
#include "base/progress.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/companion_options.hpp"
#include "cli/explanation.hpp"
#include "cli/in_place_options.hpp"
#include "cli/outcome.hpp"
#include "cli/self_test_options.hpp"
#include "cli/signing_options.hpp"
#include "cli/target_entries.hpp"
#include "device/verify_patch.hpp"
#include "fleet/diff_bases.hpp"
#include "input/load_input.hpp"
#include "patch/entry_text.hpp"
#include "patch/make_patch.hpp"
#include "tmd/internal/format/manifest.hpp"

namespace tmd::host::cli {
namespace {

struct DiffOptions {
  std::string base;
  std::string target;
  std::string bases;
  unsigned jobs = 0;
  std::string output;
  int format = 2;
  std::string digest = "sha256";
  bool no_meta = false;
  std::vector<std::string> meta;
  std::uint32_t ram = 0;
  bool small = false;
  bool quick = false;
  bool explain = false;
  bool json = false;
  SigningOptions signing;
  SelfTestOptions self_test;
  CompanionOptions companion;
  InPlaceOptions in_place;
  input::InputChoice input;
  model::ArenaChoice arena;
};

patch::PatchRecipe recipe_for(const DiffOptions& options) {
  patch::PatchRecipe recipe;
  recipe.format = static_cast<std::uint8_t>(options.format);
  recipe.digest = options.digest == "crc32" ? DigestKind::crc32 : DigestKind::sha256;
  recipe.decoder_ram = options.ram;
  recipe.effort = options.small   ? host::Effort::small
                  : options.quick ? host::Effort::quick
                                  : host::Effort::standard;
  for (const std::string& text : options.meta) {
    try {
      patch::replace_entry(recipe.entries, patch::parse_meta(text));
    } catch (const host::Error& error) {
      throw UsageError(error.what());
    }
  }
  return recipe;
}

void print_summary(const DiffOptions& options, const host::Bytes& base, const host::Bytes& target,
                   const patch::MadePatch& patch, const InPlaceCost& cost) {
  std::FILE* out = beside({options.output});
  const double share =
      target.empty() ? 0
                     : 100.0 * static_cast<double>(patch.bytes.size()) / static_cast<double>(target.size());
  if (options.json) {
    nlohmann::ordered_json json = {{"patch", options.output},       {"bytes", patch.bytes.size()},
                                   {"format", options.format},      {"base_bytes", base.size()},
                                   {"target_bytes", target.size()}, {"percent_of_target", share}};
    if (options.explain) {
      json["regions"] = nlohmann::ordered_json::array();
      for (const host::ExplainedRegion& region : patch.explanation)
        json["regions"].push_back(explanation_json(region));
    }
    if (options.in_place.wanted) {
      json["two_slots_bytes"] = cost.two_slots;
      if (options.in_place.reversible) json["way_back_bytes"] = patch.way_back_bytes;
      if (cost.full_model != 0) json["full_model_bytes"] = cost.full_model;
      json["advice"] = cost.advice();
    }
    fmt::print(out, "{}\n", json.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
    return;
  }
  fmt::print(out, "{}: {} bytes, {:.1f} % of the {} of {}\n", options.output,
             host::with_commas(patch.bytes.size()), share, host::with_commas(target.size()), options.target);
  if (base == target) fmt::print(out, "base and target are equal: the patch changes nothing\n");
  if (options.in_place.wanted)
    fmt::print(out, "applied in place; with two slots {} bytes\n", host::with_commas(cost.two_slots));
  if (options.in_place.reversible)
    fmt::print(out, "the way back takes {} of these bytes\n", host::with_commas(patch.way_back_bytes));
  if (const std::string advice = cost.advice(); !advice.empty()) fmt::print(out, "note: {}\n", advice);
  if (!options.explain) return;
  Explanation explanation;
  for (const host::ExplainedRegion& region : patch.explanation) explanation.add(region);
  explanation.print(out);
}

/// What makes a patch of format 2 as it is wanted, and changes nothing in one of format 1.
void check_format1(const DiffOptions& options) {
  const char* const none = "a format 1 patch has no place for it";
  if (options.self_test.wanted()) throw UsageError("--self-test", none);
  if (options.companion.wanted()) throw UsageError("--companion", none);
  for (const auto& [given, name] :
       {std::pair(options.ram != 0, "--ram"), {options.small, "--small"}, {options.quick, "--quick"}})
    if (given) throw UsageError(name, "there is one way alone for a format 1 patch");
  if (options.explain)
    throw UsageError("--explain", "tmd inspect --operations lists the chunks of a format 1 patch");
  const model::ArenaChoice& arena = options.arena;
  if (arena.explicit_bytes != 0 || arena.factor != 1 || arena.kernels != model::ArenaChoice().kernels ||
      !arena.tflm.empty())
    throw UsageError(
        "nothing of the arena is computed for a format 1 patch: give it with --meta arena=BYTES");
}

/// Everything that the target says of itself, and what was given besides.
patch::PatchRecipe complete_recipe(const DiffOptions& options, input::Input& target) {
  patch::PatchRecipe recipe = recipe_for(options);
  if (recipe.format == kFormat2 && !options.no_meta)
    add_target_entries(recipe.entries, target, options.target, options.arena);
  if (recipe.format != kFormat2) check_format1(options);
  add_self_test(recipe.entries, options.self_test, target, options.target);
  add_companion(recipe.entries, options.companion, target, options.target);
  plan_in_place(recipe, options.in_place);
  recipe.target_regions = target.regions;
  return recipe;
}

void diff_one(const DiffOptions& options) {
  host::check_can_create(options.output);
  input::Input old = input::load_base(options.base, options.input);
  input::Input input = input::load_input(options.target, options.input);
  input::check_same_kind(old, options.base, input, options.target, options.input);
  patch::PatchRecipe recipe = complete_recipe(options, input);
  host::Bytes base = std::move(old.bytes);
  if (options.in_place.wanted && base.empty())
    throw UsageError("--in-place", "a full model is not applied in place: leave it out");
  add_base_companion(base, options.companion);
  recipe.base_regions = std::move(old.regions);
  patch::MadePatch patch;
  {
    const std::size_t total = input.bytes.size();
    host::Progress progress("diff", total, "B");
    recipe.on_progress = [&](double share) {
      progress.update(static_cast<std::uint64_t>(share * static_cast<double>(total)));
    };
    patch = patch::make_patch(host::view(base), host::view(input.bytes), recipe);
  }
  device::verify_patch(options.base, base, input.bytes, options.output, patch.bytes);
  InPlaceCost cost;
  if (options.in_place.wanted)
    cost = cost_in_place(patch.bytes.size() - patch.way_back_bytes, host::view(base), host::view(input.bytes),
                         recipe);
  if (options.signing.wanted()) patch.bytes = patch_signer(options.signing)(patch.bytes);
  host::write_file(options.output, host::view(patch.bytes));
  print_summary(options, base, input.bytes, patch, cost);
}

void diff_many(const DiffOptions& options) {
  input::Input target = input::load_input(options.target, options.input);
  fleet::ManyBases plan;
  plan.bases = options.bases;
  plan.target = options.target;
  plan.output = options.output;
  plan.jobs = options.jobs;
  plan.input = options.input;
  if (options.signing.wanted()) plan.sign = patch_signer(options.signing);
  const patch::PatchRecipe recipe = complete_recipe(options, target);
  const fleet::FleetManifest manifest = fleet::diff_bases(plan, target, recipe);
  if (options.json) {
    fmt::print("{}", fleet::to_json(manifest));
    return;
  }
  for (const fleet::FleetPatch& patch : manifest.patches) {
    fmt::print("{}: {} bytes, from {}\n", patch.file, host::with_commas(patch.bytes),
               patch.base.names.empty() ? "nothing" : fmt::format("{}", fmt::join(patch.base.names, ", ")));
  }
  fmt::print("{}: {} patches to {} of {} bytes\n",
             (std::filesystem::path(options.output) / fleet::kFleetManifestName).string(),
             manifest.patches.size(), options.target, host::with_commas(manifest.target.bytes));
}

void diff(DiffOptions options) {
  check_signing_usage(options.signing);
  if (options.base.empty()) throw missing(options.bases.empty() ? "BASE" : "TARGET");
  if (options.bases.empty()) {
    if (options.target.empty()) throw missing("TARGET");
    return diff_one(options);
  }
  if (!options.target.empty()) throw UsageError("--bases", "it takes the place of BASE: give TARGET alone");
  if (options.explain) throw UsageError("--explain", "not with --bases: it is about one patch");
  if (options.in_place.wanted) throw UsageError("--in-place", "not with --bases: make a patch for each base");
  if (!options.companion.base_file.empty())
    throw UsageError("--base-companion", "not with --bases: make a patch for each base");
  options.target = options.base;
  diff_many(options);
}

}  // namespace

void add_diff(Command& program) {
  auto options = std::make_shared<DiffOptions>();
  Command command = program.add_subcommand("diff", "Make the patch that turns one model into another");
  command.add_option("BASE", options->base, "The model that devices have now; not with --bases").reads_file();
  command.add_option("TARGET", options->target, "The model that they shall have").reads_file();
  const Option bases =
      command
          .add_option(
              "--bases", options->bases,
              "In place of BASE: a folder of all models that are in the field; OUTPUT is then a "
              "folder that gets a patch from each, one for devices without a model, and manifest.json")
          .reads_file();
  command
      .add_option("--jobs", options->jobs,
                  "With --bases: patches to make at once; one a processor unless given")
      .between(1U, 256U)
      .only_with(bases);
  command.add_option("-o,--output", options->output, "Where to write the patch").required().writes_file();
  command.group("What the patch is like");
  command.add_option("--format", options->format, "2, or 1 for the original project's runtime")
      .one_of({1, 2})
      .shows_default();
  command.add_option("--digest", options->digest, "Of base and target in the patch")
      .one_of({"crc32", "sha256"})
      .shows_default();
  command
      .add_option("--ram", options->ram,
                  "Bytes of RAM that the device has for the decoder: 1520 for SmallConfig")
      .positive();
  const Option small = command.add_flag(
      "--small", options->small,
      "The smallest patch, some tenths of a percent smaller: takes about three times the time here, for some "
      "models seven times, and up to twice the work on the device");
  command
      .add_flag(
          "--quick", options->quick,
          "Three tenths of the time, for a patch seldom more than 2 percent larger. Without it, count on 1 "
          "to 3 seconds of a processor for each megabyte of TARGET, up to 25 of files that are no model and "
          "whose bytes hardly vary, and on up to 17 bytes of RAM for each byte of both models")
      .excludes(small);
  command.group("Devices with one slot");
  add_in_place_options(command, options->in_place);
  command.group("What the patch says of its target");
  const Option no_meta =
      command.add_flag("--no-meta", options->no_meta, "Leave out what would be computed from the target");
  command.add_option("--meta", options->meta, "KEY=VALUE to put into the patch; may be given again")
      .one_value_each();
  add_arena_options(command, options->arena);
  for (const char* name : {"--arena", "--arena-factor", "--kernels", "--tflm"})
    command.option(name).excludes(no_meta);
  command.group("Self-test of the new model");
  add_self_test_options(command, options->self_test);
  add_companion_options(command, options->companion);
  command.group("Signing and encryption");
  add_signing_options(command, options->signing, "--sign");
  command.group("Which part of a file is the model");
  add_input_options(command, options->input);
  command.group("What is printed");
  command.add_flag("--explain", options->explain, "Say where the bytes of the patch went");
  command.add_flag("--json", options->json, "Print JSON");
  command.footer(patch::meta_help() +
                 "Examples:\n  tmd diff old.tflite new.tflite -o update.tmd --meta version=1.2.0\n"
                 "  tmd diff --bases released/ new-1.2.0.tflite -o patches/");
  command.callback([options] { diff(*options); });
}

}  // namespace tmd::host::cli
