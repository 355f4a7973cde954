// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/numbers.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/outcome.hpp"
#include "cli/signing_in_two_steps.hpp"
#include "patch/patch_file.hpp"
#include "sign/signed_patch.hpp"

namespace tmd::host::cli {
namespace {

/// Throws, by the file's name, where it is no sound patch.
host::Bytes patch_to_sign(const SignOptions& options) {
  return patch::open_patch(options.patch).bytes;
}

/// First step with a hardware module or a cloud service: what it shall sign.
void prepare(const SignOptions& options) {
  const TwoSteps steps(options);
  const host::Bytes patch = patch_to_sign(options);
  const host::Bytes bytes = host::about(options.patch, [&] { return steps.to_sign(patch); });
  host::write_file(options.prepare, host::view(bytes));
  print_outcome_aside(options.json,
                      fmt::format("{}: {} bytes to sign with {}\n", options.prepare,
                                  host::with_commas(bytes.size()), options.prepare_type),
                      {{"to_sign", options.prepare},
                       {"bytes", std::uint64_t{bytes.size()}},
                       {"algorithm", options.prepare_type}},
                      {options.prepare});
}

/// Second step: what it answered becomes part of the patch, if it is right.
void attach(const SignOptions& options) {
  const host::Bytes result = TwoSteps(options).attach(options.patch, patch_to_sign(options), options.attach);
  host::write_file(options.output, host::view(result));
  print_outcome(options.json,
                fmt::format("{}: signed, {} bytes\n", options.output, host::with_commas(result.size())),
                {{"patch", options.output}, {"bytes", std::uint64_t{result.size()}}, {"signed", true}},
                {options.output});
}

void sign(const SignOptions& options) {
  const auto signer = patch_signer(options.signing);
  const host::Bytes patch = patch_to_sign(options);
  const host::Bytes result = host::about(options.patch, [&] { return signer(patch); });
  host::write_file(options.output, host::view(result));
  const bool is_signed = !options.signing.key.empty() || !options.signing.secret.empty();
  print_outcome(options.json,
                fmt::format("{}: {}, {} bytes\n", options.output, is_signed ? "signed" : "encrypted",
                            host::with_commas(result.size())),
                {{"patch", options.output}, {"bytes", std::uint64_t{result.size()}}, {"signed", is_signed}},
                {options.output});
}

void run(const SignOptions& options) {
  const int ways = (options.prepare.empty() ? 0 : 1) + (options.attach.empty() ? 0 : 1) +
                   (options.signing.wanted() ? 1 : 0);
  if (!options.signing.body_secret.empty() && !(options.prepare.empty() && options.attach.empty()))
    throw UsageError("--encrypt",
                     "not in two steps: encrypt first, with --encrypt alone, and sign what comes out");
  if (ways != 1) throw UsageError("give a key (--key, --secret), or --prepare, or --attach");
  const bool is_release = std::filesystem::is_directory(options.patch);
  if (!options.prepare.empty()) return is_release ? prepare_release(options) : prepare(options);
  if (options.output.empty()) throw missing("--output");
  if (options.attach.empty()) {
    check_signing_usage(options.signing);
    return is_release ? sign_release(options) : sign(options);
  }
  if (options.public_key.empty()) throw missing("--public-key");
  is_release ? attach_release(options) : attach(options);
}

}  // namespace

void add_sign(Command& program) {
  auto options = std::make_shared<SignOptions>();
  Command command =
      program.add_subcommand("sign", "Sign a patch (COSE), at once or in two steps; encrypt its body");
  command
      .add_option("PATCH", options->patch,
                  "The patch, of format 2 with SHA-256 digests; or a folder of tmd diff --bases: all of its "
                  "patches in one go, each file below is then a folder")
      .required()
      .reads_file();
  const Option output = command
                            .add_option("-o,--output", options->output,
                                        "Where to write the signed patch, or the folder of signed patches")
                            .writes_file();
  add_signing_options(command, options->signing, "--key");
  const Option prepare =
      command
          .add_option("--prepare", options->prepare,
                      "Only write the bytes that a signing service shall sign to this file")
          .writes_file()
          .excludes(output)
          .excludes(command.option("--key-id"));
  command.add_option("--algorithm", options->prepare_type, "With --prepare: es256 or ed25519")
      .one_of({"es256", "ed25519"})
      .only_with(prepare)
      .shows_default();
  const Option attach = command
                            .add_option("--attach", options->attach,
                                        "Attach the signature in this file: 64 bytes, or DER for P-256")
                            .reads_file();
  command
      .add_option("--public-key", options->public_key,
                  "With --attach: the key that the signature is checked with")
      .only_with(attach)
      .reads_file();
  command.add_flag("--json", options->json, "Print JSON");
  command.footer(
      "Examples:\n"
      "  tmd sign update.tmd --key private.pem -o signed.tmd\n"
      "  tmd sign update.tmd --prepare bytes.bin\n"
      "  openssl dgst -sha256 -sign private.pem -out signature.der bytes.bin\n"
      "  tmd sign update.tmd --attach signature.der --public-key public.pem -o signed.tmd\n"
      "  tmd sign patches/ --prepare to-sign/      # NAME.bytes and NAME.sha256 for each patch\n"
      "  tmd sign patches/ --attach to-sign/ --public-key public.pem -o signed/    # with each NAME.sig");
  command.callback([options] { run(*options); });
}

}  // namespace tmd::host::cli
