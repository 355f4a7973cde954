// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/numbers.hpp"
#include "base/progress.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/export_suit.hpp"
#include "cli/input_options.hpp"
#include "cli/outcome.hpp"
#include "exports/hawkbit.hpp"
#include "exports/release_record.hpp"
#include "input/load_input.hpp"
#include "model/check.hpp"
#include "model/reader.hpp"

namespace tmd::host::cli {
namespace {

struct ExportCommand {
  std::string kind;
  std::string patches;
  std::string output;
  std::string name = "model";
  std::string device_type;
  SuitOptions suit;
  std::vector<std::string> datasets;
  std::string bases;
  std::string target;
  bool json = false;
};

void check_suit_usage(const SuitOptions& options) {
  const int ways = int{!options.key.empty()} + int{!options.prepare.empty()} + int{!options.attach.empty()};
  if (ways != 1) throw UsageError("give one of --key, --prepare and --attach");
  if (!options.sequence) throw missing("--sequence");
  if (options.attach.empty() == options.public_key.empty()) return;
  throw options.attach.empty() ? UsageError("--public-key", "only with --attach") : missing("--public-key");
}

/// Throws UsageError for an option that this kind makes nothing of.
void check_usage(const ExportCommand& command) {
  const auto only_for = [&](bool given, const char* option, std::initializer_list<const char*> kinds) {
    const bool takes =
        std::any_of(kinds.begin(), kinds.end(), [&](const char* kind) { return command.kind == kind; });
    if (given && !takes) throw UsageError(option, fmt::format("not for {}", command.kind));
  };
  only_for(!command.device_type.empty(), "--device-type", {"mender"});
  const SuitOptions& suit = command.suit;
  only_for(!suit.key.empty(), "--key", {"mender", "suit"});
  only_for(!suit.identifier.empty(), "--key-id", {"suit"});
  only_for(suit.sequence.has_value(), "--sequence", {"suit"});
  only_for(!suit.prepare.empty(), "--prepare", {"suit"});
  only_for(!suit.attach.empty(), "--attach", {"suit"});
  only_for(!suit.public_key.empty(), "--public-key", {"suit"});
  only_for(!command.datasets.empty(), "--dataset", {"record"});
  only_for(!command.bases.empty(), "--bases", {"record"});
  only_for(!command.target.empty(), "--target", {"record"});
  if (command.kind == "mender" && command.device_type.empty()) throw missing("--device-type");
  if (command.kind == "suit") check_suit_usage(suit);
  if (command.output.empty() == suit.prepare.empty())
    throw suit.prepare.empty() ? missing("--output") : UsageError("--output", "not with --prepare");
  if (command.bases.empty() != command.target.empty())
    throw UsageError("give --bases and --target, or neither");
}

/// What `tmd check` says of each step, for models that describe themselves.
void add_verdicts(const ExportCommand& command, const exports::ReleaseFolder& release,
                  exports::Provenance& provenance) {
  const input::Input target = input::load_input(command.target, {});
  if (fleet::sha256_text(host::view(target.bytes)) != release.manifest.target.sha256)
    throw host::Error(fmt::format("{} is not the target of {}", command.target, command.patches));
  if (!model::is_tflite(host::view(target.bytes))) return;
  for (const std::filesystem::path& path : fleet::models_in(command.bases)) {
    const input::Input base = input::load_input(path, {});
    if (!model::is_tflite(host::view(base.bytes))) continue;
    const model::OpenModel before = open_model(base, path.string());
    model::CheckOptions options;
    options.arena = arena_choice(target, {});
    const model::CheckReport report =
        model::check(before, open_model(target, command.target),
                     model::facts_of_base(before.model, arena_choice(base, {})), options);
    exports::BaseVerdict verdict;
    verdict.verdict = model::to_string(report.verdict);
    for (const model::Reason& reason : report.reasons) verdict.reasons.push_back(reason.kind);
    provenance.verdicts[fleet::sha256_text(host::view(base.bytes))] = std::move(verdict);
  }
}

std::vector<exports::Exported> write(const ExportCommand& command, const exports::ReleaseFolder& release) {
  if (command.kind == "mender") {
    host::Progress progress("export", release.manifest.patches.size(), "artifacts");
    return exports::export_mender(release, command.device_type, command.suit.key,
                                  [&](std::uint32_t done, std::uint32_t) { progress.update(done); });
  }
  if (command.kind == "hawkbit") return exports::export_hawkbit(release);
  if (command.kind == "suit") return export_suit_envelopes(release, command.suit);
  exports::Provenance provenance;
  provenance.datasets = command.datasets;
  if (!command.bases.empty()) add_verdicts(command, release, provenance);
  return exports::export_record(release, provenance);
}

void run(const ExportCommand& command) {
  check_usage(command);
  const std::string& folder = command.suit.prepare.empty() ? command.output : command.suit.prepare;
  const exports::ReleaseFolder release(command.patches, folder, command.name);
  if (!command.suit.prepare.empty()) return prepare_suit_envelopes(release, command.suit, command.json);
  const std::vector<exports::Exported> done = write(command, release);
  std::string text;
  std::uint64_t patch_bytes = 0, bytes = 0;
  for (const exports::Exported& one : done) {
    text += fmt::format("{}: {} bytes, of a patch of {}\n", one.file, host::with_commas(one.bytes),
                        host::with_commas(one.patch_bytes));
    patch_bytes += one.patch_bytes;
    bytes += one.bytes;
  }
  text += fmt::format("{}: {} files for {}, {} bytes, of patches of {}\n", command.output, done.size(),
                      command.kind, host::with_commas(bytes), host::with_commas(patch_bytes));
  print_outcome(command.json, text,
                {{"folder", command.output},
                 {"kind", command.kind},
                 {"files", std::uint64_t{done.size()}},
                 {"patch_bytes", patch_bytes},
                 {"bytes", bytes}});
}

}  // namespace

void add_export(Command& program) {
  auto command = std::make_shared<ExportCommand>();
  Command app = program.add_subcommand("export", "Write a release in the form that another system takes");
  app.add_option(
         "KIND", command->kind,
         "mender: artifacts; hawkbit: artifacts and what its API is told; suit: signed envelopes; record: "
         "an OCI layout and JSON for model registries")
      .one_of({"mender", "hawkbit", "suit", "record"})
      .required();
  app.add_option("PATCHES", command->patches, "Folder that tmd diff --bases wrote").required().reads_file();
  app.add_option("-o,--output", command->output, "Folder to write to; made where it is absent").writes_file();
  app.add_option("--name", command->name, "Name of the model there").shows_default();
  app.add_option("--device-type", command->device_type,
                 "mender: the type of device that the artifacts are for");
  app.add_option(
         "--key", command->suit.key,
         "Private key in PEM. suit: signs the envelopes; mender: handed to mender-artifact, which signs")
      .reads_file();
  app.add_option("--key-id", command->suit.identifier, "suit: the key's identifier; without it: its own");
  app.add_option("--sequence", command->suit.sequence,
                 "suit: sequence number, higher than that of the release before");
  const Option prepare =
      app.add_option("--prepare", command->suit.prepare,
                     "suit, in the place of --key: only write what a hardware module or cloud service shall "
                     "sign into this folder")
          .writes_file();
  app.add_option("--algorithm", command->suit.prepare_type, "With --prepare: es256 or ed25519")
      .one_of({"es256", "ed25519"})
      .only_with(prepare)
      .shows_default();
  app.add_option("--attach", command->suit.attach, "suit: the folder of --prepare with its signatures")
      .reads_file();
  app.add_option("--public-key", command->suit.public_key,
                 "With --attach: the key that they are checked with")
      .reads_file();
  app.add_option("--dataset", command->datasets, "record: what the model was trained on; once for each")
      .one_value_each();
  app.add_option("--bases", command->bases, "record: the models in the field, for the verdicts of tmd check")
      .reads_file();
  app.add_option("--target", command->target, "record: the new model, for the verdicts").reads_file();
  app.add_flag("--json", command->json, "Print JSON");
  app.footer(
      "Examples:\n  tmd export mender patches/ -o artifacts/ --device-type sensor-v2 --name gesture\n"
      "  tmd export suit patches/ -o envelopes/ --key private.pem --sequence 12\n"
      "  tmd export suit patches/ --prepare to-sign/ --sequence 12\n"
      "  tmd export suit patches/ -o envelopes/ --attach to-sign/ --public-key public.pem --sequence 12\n"
      "  tmd export record patches/ -o record/ --name gesture --dataset s3://train/2026-10 --bases released/ "
      "--target gesture-1.3.0.tflite\n"
      "What the other side does with it, and what it costs in bytes: docs/fleets.md.");
  app.callback([command] { run(*command); });
}

}  // namespace tmd::host::cli
