// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/numbers.hpp"
#include "base/progress.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/decrypting_options.hpp"
#include "cli/input_options.hpp"
#include "cli/outcome.hpp"
#include "device/apply.hpp"
#include "input/load_input.hpp"

namespace tmd::host::cli {
namespace {

struct ApplyOptions {
  std::string base;
  std::string patch;
  std::string output;
  std::string decrypt;
  std::string companion;
  bool json = false;
  input::InputChoice input;
};

/// Bytes of the companion data at the target's end.
std::uint32_t companion_size(const patch::PatchFile& patch, const std::string& name) {
  for (const Entry& entry : patch.entries) {
    if (entry.number != EntryNumber::companion) continue;
    ByteReader reader(entry.value);
    (void)reader.u16();
    const std::uint32_t size = reader.varint();
    if (!reader.failed() && size <= patch.manifest.target_length) return size;
    throw host::Error(name + ": the entry about companion data is damaged");
  }
  throw host::Error(name + ": this patch brings no companion data");
}

void apply(const ApplyOptions& options) {
  // Both or none is written.
  host::check_can_create(options.output);
  if (!options.companion.empty()) host::check_can_create(options.companion);
  const input::Input input = input::load_base(options.base, options.input);
  input::check_part_is_there({{input.kind, options.base}}, options.input);
  const host::Bytes& base = input.bytes;
  const patch::PatchFile patch = patch::open_patch(options.patch);
  const std::unique_ptr<device::BodyCipher> cipher = open_cipher(options.decrypt, patch);
  host::Progress progress("apply", patch.manifest.target_length, "B");
  const host::Bytes target = device::apply_patch(
      options.base, host::view(base), patch,
      [&](std::uint32_t done, std::uint32_t) { progress.update(done); }, cipher.get());
  const std::uint32_t behind = options.companion.empty() ? 0 : companion_size(patch, options.patch);
  const ConstBytes whole = host::view(target);
  if (!options.companion.empty()) host::write_file(options.companion, whole.from(whole.size() - behind));
  const ConstBytes model = whole.first(whole.size() - behind);
  host::write_file(options.output, model);
  print_outcome(options.json, fmt::format("{}: {} bytes\n", options.output, host::with_commas(model.size())),
                {{"output", options.output}, {"bytes", std::uint64_t{model.size()}}},
                {options.output, options.companion});
}

}  // namespace

void add_apply(Command& program) {
  auto options = std::make_shared<ApplyOptions>();
  Command command = program.add_subcommand(
      "apply", "Make the target from its base and a patch, through the device library over simulated flash");
  command.add_option("BASE", options->base, "The model that the patch was made from").required().reads_file();
  command.add_option("PATCH", options->patch, "The patch, of format 1 or 2").required().reads_file();
  command.add_option("-o,--output", options->output, "Where to write the target").required().writes_file();
  command
      .add_option("--companion-out", options->companion,
                  "Writes the companion data here, and the model alone to the output")
      .writes_file();
  add_decrypting_options(command, options->decrypt);
  add_input_options(command, options->input);
  command.add_flag("--json", options->json, "Print JSON");
  command.footer("Example:\n  tmd apply old.tflite update.tmd -o new.tflite");
  command.callback([options] { apply(*options); });
}

}  // namespace tmd::host::cli
