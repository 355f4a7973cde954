// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/numbers.hpp"
#include "base/progress.hpp"
#include "cli/answer.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/decrypting_options.hpp"
#include "cli/input_options.hpp"
#include "cli/signing_options.hpp"
#include "device/apply.hpp"
#include "input/load_input.hpp"
#include "tmd/digest/digests.hpp"

namespace tmd::host::cli {
namespace {

struct VerifyOptions {
  std::string patch;
  std::string base;
  std::string target;
  std::string decrypt;
  VerifyingOptions signature;
  input::InputChoice input;
  Answer answer;
};

/// Is this file the model that the patch declares? A patch without digests declares its length only.
void check_model(const std::string& path, const host::Bytes& model, const char* role, std::uint32_t length,
                 const Digest& digest, VerifyOptions& options) {
  const std::string& patch = options.patch;
  if (model.size() != length) {
    throw host::Error(fmt::format("{} has {} bytes, but the {} of {} has {}; give the right file", path,
                                  model.size(), role, patch, length));
  }
  if (digest.kind != DigestKind::none && digest_of(digest.kind, host::view(model)) != digest) {
    throw host::Error(
        fmt::format("{} is not the {} of {}: its digest differs; give the right file", path, role, patch));
  }
  options.answer.set(std::string(role) + "_fits", true);
  options.answer.say(fmt::format("{}: {} is its {}", patch, path, role));
}

void check_result(VerifyOptions& options, const host::Bytes& base, const patch::PatchFile& patch,
                  const host::Bytes* expected) {
  const std::unique_ptr<device::BodyCipher> cipher = open_cipher(options.decrypt);
  host::Progress progress("verify", patch.manifest.target_length);
  const host::Bytes made = device::apply_patch(
      options.base, host::view(base), patch,
      [&](std::uint32_t done, std::uint32_t) { progress.update(done); }, cipher.get());
  if (expected != nullptr && made != *expected) {
    throw host::Error(fmt::format("{} applied to {} does not give {}; make the patch anew", options.patch,
                                  options.base, options.target));
  }
  options.answer.set("applies", true).set("target_bytes", made.size());
  options.answer.say(
      fmt::format("{}: applies, {} bytes as declared", options.patch, host::with_commas(made.size())));
}

void verify(VerifyOptions& options) {
  const patch::PatchFile patch = patch::open_patch(options.patch);
  const Manifest& manifest = patch.manifest;
  options.answer.set("patch", options.patch).set("format", std::uint64_t{manifest.version});
  options.answer.say(fmt::format("{}: well-formed, format {}", options.patch, manifest.version));
  if (options.signature.wanted()) {
    check_signature(options.patch, patch.bytes, options.signature);
    options.answer.set("signed", true);
    options.answer.say(fmt::format("{}: signed with this key", options.patch));
  }
  host::Bytes base;
  host::Bytes target;
  if (!options.base.empty()) {
    base = input::load_input(options.base, options.input).bytes;
    check_model(options.base, base, "base", manifest.base_length, manifest.base, options);
  }
  if (!options.target.empty()) {
    target = input::load_input(options.target, options.input).bytes;
    check_model(options.target, target, "target", manifest.target_length, manifest.target, options);
  }
  if (!options.base.empty()) check_result(options, base, patch, options.target.empty() ? nullptr : &target);
  options.answer.finish();
}

}  // namespace

void add_verify(Command& program) {
  auto options = std::make_shared<VerifyOptions>();
  Command command =
      program.add_subcommand("verify", "Say whether a patch is sound, and whether it fits base and target");
  command.add_option("PATCH", options->patch, "The patch, of format 1 or 2").required();
  command.add_option("--base", options->base, "Its base: the patch is then applied, which proves its body");
  command.add_option("--target", options->target, "What must come out");
  add_verifying_options(command, options->signature);
  add_decrypting_options(command, options->decrypt);
  add_input_options(command, options->input);
  command.footer("Example:\n  tmd verify update.tmd --base old.tflite --target new.tflite");
  options->answer.add_option(command);
  command.callback([options] { verify(*options); });
}

}  // namespace tmd::host::cli
