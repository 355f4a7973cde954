// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/explanation.hpp"
#include "cli/self_test_options.hpp"
#include "cli/signing_options.hpp"
#include "cli/target_metadata.hpp"
#include "host/error.hpp"
#include "host/numbers.hpp"
#include "host/progress.hpp"
#include "patch/apply.hpp"
#include "patch/make_patch.hpp"
#include "patch/metadata.hpp"

namespace tmd::cli {
namespace {

struct DiffOptions {
  std::string base;
  std::string target;
  std::string output;
  int format = 2;
  std::string digest = "sha256";
  bool no_meta = false;
  std::vector<std::string> meta;
  std::uint32_t ram = 0;
  bool explain = false;
  bool json = false;
  SigningOptions signing;
  SelfTestOptions self_test;
  model::InputChoice input;
  model::ArenaChoice arena;
};

host::PatchRecipe recipe_for(const DiffOptions& options) {
  host::PatchRecipe recipe;
  recipe.format = static_cast<std::uint8_t>(options.format);
  recipe.digest = options.digest == "crc32" ? DigestKind::crc32 : DigestKind::sha256;
  recipe.decoder_ram = options.ram;
  for (const std::string& text : options.meta) {
    try {
      host::replace_entry(recipe.entries, host::parse_meta(text));
    } catch (const host::Error& error) {
      throw CLI::ValidationError(error.what());
    }
  }
  return recipe;
}

/// A patch that would not apply must never leave the house: the device library applies it here first.
void prove(const DiffOptions& options, const host::Bytes& base, const host::Bytes& target,
           const host::Bytes& patch) {
  const host::PatchFile made = host::parse_patch(options.output, patch);
  if (host::apply_patch(options.base, host::view(base), made) != target) {
    throw host::Error(
        fmt::format("the patch for {} does not give it back; this is a fault of tmd, please "
                    "report it with both files",
                    options.target));
  }
}

void print_summary(const DiffOptions& options, const host::Bytes& base, const host::Bytes& target,
                   const host::MadePatch& patch) {
  const double share =
      target.empty() ? 0
                     : 100.0 * static_cast<double>(patch.bytes.size()) / static_cast<double>(target.size());
  if (options.json) {
    nlohmann::ordered_json json = {{"patch", options.output},
                                   {"bytes", patch.bytes.size()},
                                   {"format", options.format},
                                   {"base_bytes", base.size()},
                                   {"target_bytes", target.size()},
                                   {"percent_of_target", share},
                                   {"regions", explanation_json(patch.explanation)}};
    if (!options.explain) json.erase("regions");
    fmt::print("{}\n", json.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
    return;
  }
  fmt::print("{}: {} bytes, {:.1f} % of the {} of {}\n", options.output,
             host::with_commas(patch.bytes.size()), share, host::with_commas(target.size()), options.target);
  if (options.explain) print_explanation(patch.explanation);
}

void diff(const DiffOptions& options) {
  host::PatchRecipe recipe = recipe_for(options);
  const host::Bytes base = model::load_input(options.base, options.input).bytes;
  const model::Input input = model::load_input(options.target, options.input);
  const host::Bytes& target = input.bytes;
  if (recipe.format == kFormat2 && !options.no_meta)
    add_target_metadata(recipe.entries, input, options.target, options.arena);
  if (recipe.format != kFormat2 && options.self_test.wanted())
    throw CLI::ValidationError("--self-test", "a format 1 patch has no place for it");
  add_self_test(recipe.entries, options.self_test, input, options.target);
  constexpr std::uint64_t kSteps = 1000;
  host::MadePatch patch;
  {
    host::Progress progress("diff", kSteps);
    recipe.on_progress = [&](double share) { progress.update(static_cast<std::uint64_t>(share * kSteps)); };
    patch = host::make_patch(host::view(base), host::view(target), recipe);
  }
  prove(options, base, target, patch.bytes);
  if (options.signing.wanted()) patch.bytes = sign_as_asked(patch.bytes, options.signing);
  host::write_file(options.output, host::view(patch.bytes));
  print_summary(options, base, target, patch);
}

}  // namespace

void add_diff(CLI::App& program) {
  auto options = std::make_shared<DiffOptions>();
  CLI::App* command = program.add_subcommand("diff", "Make the patch that turns one model into another");
  command->add_option("BASE", options->base, "The model that devices have now")->required();
  command->add_option("TARGET", options->target, "The model that they shall have")->required();
  command->add_option("-o,--output", options->output, "Where to write the patch")->required();
  command->add_option("--format", options->format, "2, or 1 for the original project's runtime")
      ->check(CLI::IsMember({1, 2}))
      ->capture_default_str();
  command->add_option("--digest", options->digest, "Of base and target in the patch")
      ->check(CLI::IsMember({"crc32", "sha256"}))
      ->capture_default_str();
  command->add_flag("--no-meta", options->no_meta, "Leave out what would be computed from the target");
  command->add_option("--meta", options->meta, "KEY=VALUE to put into the patch; may be given again")
      ->allow_extra_args(false);
  command->add_option("--ram", options->ram, "Bytes of RAM that the device has for the decoder")
      ->check(CLI::PositiveNumber);
  command->add_flag("--explain", options->explain, "Say where the bytes of the patch went");
  command->add_flag("--json", options->json, "Print JSON");
  add_self_test_options(*command, options->self_test);
  add_signing_options(*command, options->signing, "--sign");
  add_arena_options(*command, options->arena);
  add_input_options(*command, options->input);
  command->footer(host::meta_help() +
                  "Example:\n  tmd diff old.tflite new.tflite -o update.tmd --meta version=1.2.0");
  command->callback([options] { diff(*options); });
}

}  // namespace tmd::cli
