// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <string>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/numbers.hpp"
#include "base/progress.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/decrypting_options.hpp"
#include "cli/input_options.hpp"
#include "cli/outcome.hpp"
#include "cli/signing_options.hpp"
#include "device/apply.hpp"
#include "input/load_input.hpp"

namespace tmd::host::cli {
namespace {

struct VerifyOptions {
  std::string patch;
  std::string base;
  std::string target;
  std::string decrypt;
  VerifyingOptions signature;
  bool json = false;
  input::InputChoice input;
};

/// What was found good so far; nothing of it is said where anything is not.
struct Findings {
  std::string text;
  std::vector<Fact> facts;
};

/// What only speaks of the patch and the models that it is held against: the answer to the question, where it is an
/// error.
template <class Look>
auto judged(Look look) {
  try {
    return look();
  } catch (const host::Error& error) {
    throw NegativeAnswer{error.what()};
  }
}

/// Is this file the model that the patch declares? A patch without digests declares its length only.
void check_model(const std::string& path, const host::Bytes& model, const char* role, std::uint32_t length,
                 const Digest& digest, const std::string& patch, Findings& findings) {
  if (model.size() != length) {
    throw NegativeAnswer{fmt::format("{} has {} bytes, but the {} of {} has {}; give the right file", path,
                                     model.size(), role, patch, length)};
  }
  if (digest.kind != DigestKind::none && host::digest_of_file(digest.kind, host::view(model)) != digest) {
    throw NegativeAnswer{
        fmt::format("{} is not the {} of {}: its digest differs; give the right file", path, role, patch)};
  }
  findings.text += fmt::format("{}: {} is its {}\n", patch, path, role);
  findings.facts.push_back({fmt::format("{}_fits", role), true});
}

void check_result(const VerifyOptions& options, const host::Bytes& base, const patch::PatchFile& patch,
                  const host::Bytes* expected, Findings& findings) {
  const std::unique_ptr<device::BodyCipher> cipher = open_cipher(options.decrypt, patch);
  const host::Bytes made = judged([&] {
    host::Progress progress("verify", patch.manifest.target_length, "B");
    return device::apply_patch(
        options.base, host::view(base), patch,
        [&](std::uint32_t done, std::uint32_t) { progress.update(done); }, cipher.get());
  });
  if (expected != nullptr && made != *expected) {
    throw NegativeAnswer{fmt::format("{} applied to {} does not give {}; make the patch anew", options.patch,
                                     options.base, options.target)};
  }
  findings.text +=
      fmt::format("{}: applies, {} bytes as declared\n", options.patch, host::with_commas(made.size()));
  findings.facts.push_back({"applies", true});
}

void look_at(const VerifyOptions& options, Findings& findings) {
  host::Bytes bytes = host::read_file(options.patch);
  const patch::PatchFile patch = judged([&] { return patch::parse_patch(options.patch, std::move(bytes)); });
  const Manifest& manifest = patch.manifest;
  findings.text = fmt::format("{}: well-formed, format {}\n", options.patch, manifest.version);
  findings.facts.push_back({"format", std::uint64_t{manifest.version}});
  if (options.signature.wanted()) {
    check_signature(options.patch, patch.bytes, options.signature);
    findings.text += fmt::format("{}: signed with this key, or with one that it certifies\n", options.patch);
    findings.facts.push_back({"signed", true});
  }
  host::Bytes base;
  host::Bytes target;
  std::vector<input::ReadFile> models;
  if (!options.base.empty()) {
    input::Input input = input::load_base(options.base, options.input);
    models.push_back({input.kind, options.base});
    base = std::move(input.bytes);
    check_model(options.base, base, "base", manifest.base_length, manifest.base, options.patch, findings);
  }
  if (!options.target.empty()) {
    input::Input input = input::load_input(options.target, options.input);
    models.push_back({input.kind, options.target});
    target = std::move(input.bytes);
    check_model(options.target, target, "target", manifest.target_length, manifest.target, options.patch,
                findings);
  }
  input::check_part_is_there(models, options.input);
  if (!options.base.empty())
    check_result(options, base, patch, options.target.empty() ? nullptr : &target, findings);
}

void verify(const VerifyOptions& options) {
  if (!options.decrypt.empty() && options.base.empty()) throw UsageError("--decrypt", "only with --base");
  if (options.base.empty() && options.target.empty())
    refuse_input_options(options.input, "only with --base or --target");
  Findings findings;
  findings.facts = {{"patch", options.patch}};
  look_at(options, findings);
  print_outcome(options.json, findings.text, findings.facts);
}

}  // namespace

void add_verify(Command& program) {
  auto options = std::make_shared<VerifyOptions>();
  Command command =
      program.add_subcommand("verify", "Say whether a patch is sound, and whether it fits base and target");
  command.add_option("PATCH", options->patch, "The patch, of format 1 or 2").required().reads_file();
  command.add_option("--base", options->base, "Its base: the patch is then applied, which proves its body")
      .reads_file();
  command.add_option("--target", options->target, "What must come out").reads_file();
  add_verifying_options(command, options->signature);
  add_decrypting_options(command, options->decrypt);
  add_input_options(command, options->input);
  command.add_flag("--json", options->json, "Print JSON");
  command.footer(
      "Exit status: 0 sound and fitting, 1 not, 3 a file cannot be read.\n"
      "Example:\n  tmd verify update.tmd --base old.tflite --target new.tflite");
  command.callback([options] { verify(*options); });
}

}  // namespace tmd::host::cli
