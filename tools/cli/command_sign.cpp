// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/numbers.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/outcome.hpp"
#include "cli/signing_options.hpp"
#include "sign/signed_patch.hpp"

namespace tmd::host::cli {
namespace {

struct SignOptions {
  std::string patch;
  std::string output;
  SigningOptions signing;
  bool json = false;
  std::string prepare;
  std::string prepare_type = "es256";
  std::string attach;
  std::string public_key;
};

/// The patch as it is signed in two steps: with the signer's certificate, where one is given.
host::Bytes patch_to_sign(const SignOptions& options) {
  const host::Bytes patch = host::read_file(options.patch);
  if (options.signing.certificate.empty()) return patch;
  const host::Bytes certificate = host::read_file(options.signing.certificate);
  return sign::with_certificate(host::view(patch), host::view(certificate));
}

/// First step with a hardware module or a cloud service: what it shall sign.
void prepare(const SignOptions& options) {
  const host::Bytes patch = patch_to_sign(options);
  const host::Bytes bytes =
      sign::prepare_signature(host::view(patch), sign::algorithm_named(options.prepare_type));
  host::write_file(options.prepare, host::view(bytes));
  // On standard error: the bytes themselves may go to standard output.
  fmt::print(stderr, "{}: {} bytes to sign with {}\n", options.prepare, host::with_commas(bytes.size()),
             options.prepare_type);
}

/// Second step: what it answered becomes part of the patch, if it is right.
void attach(const SignOptions& options) {
  const host::Bytes patch = patch_to_sign(options);
  const host::Bytes signature = host::read_file(options.attach);
  const sign::VerificationKey key = sign::parse_public_key(sign::read_key_text(options.public_key));
  const host::Bytes identifier = options.signing.identifier.empty()
                                     ? key.default_identifier()
                                     : identifier_from(options.signing.identifier);
  sign::check_certificate(host::view(patch), key, host::view(identifier));
  const host::Bytes result =
      sign::attach_signature(host::view(patch), key.algorithm, host::view(identifier), host::view(signature));
  if (sign::verify_signature(host::view(result), key, host::view(identifier)) != Status::ok) {
    throw host::Error(fmt::format("{} is not the signature of {} by the key in {}", options.attach,
                                  options.patch, options.public_key));
  }
  host::write_file(options.output, host::view(result));
  print_outcome(options.json,
                fmt::format("{}: signed, {} bytes\n", options.output, host::with_commas(result.size())),
                {{"patch", options.output}, {"bytes", std::uint64_t{result.size()}}, {"signed", true}});
}

void sign(const SignOptions& options) {
  const host::Bytes patch = host::read_file(options.patch);
  const host::Bytes result = sign_as_asked(patch, options.signing);
  host::write_file(options.output, host::view(result));
  const bool is_signed = !options.signing.key.empty() || !options.signing.secret.empty();
  print_outcome(options.json,
                fmt::format("{}: {}, {} bytes\n", options.output, is_signed ? "signed" : "encrypted",
                            host::with_commas(result.size())),
                {{"patch", options.output}, {"bytes", std::uint64_t{result.size()}}, {"signed", is_signed}});
}

void run(const SignOptions& options) {
  const int ways = (options.prepare.empty() ? 0 : 1) + (options.attach.empty() ? 0 : 1) +
                   (options.signing.wanted() ? 1 : 0);
  if (ways != 1) throw UsageError("give a key (--key, --secret), or --prepare, or --attach");
  if (!options.prepare.empty()) return prepare(options);
  if (options.output.empty()) throw missing("--output");
  if (options.attach.empty()) return sign(options);
  if (options.public_key.empty()) throw missing("--public-key");
  attach(options);
}

}  // namespace

void add_sign(Command& program) {
  auto options = std::make_shared<SignOptions>();
  Command command =
      program.add_subcommand("sign", "Sign a patch (COSE), at once or in two steps; encrypt its body");
  command.add_option("PATCH", options->patch, "The patch, of format 2 with SHA-256 digests")
      .required()
      .reads_file();
  command.add_option("-o,--output", options->output, "Where to write the signed patch").writes_file();
  add_signing_options(command, options->signing, "--key");
  command
      .add_option("--prepare", options->prepare,
                  "Only write the bytes that a signing service shall sign to this file")
      .writes_file();
  command.add_option("--algorithm", options->prepare_type, "With --prepare: es256 or ed25519")
      .one_of({"es256", "ed25519"})
      .shows_default();
  command
      .add_option("--attach", options->attach,
                  "Attach the signature in this file: 64 bytes, or DER for P-256")
      .reads_file();
  command
      .add_option("--public-key", options->public_key,
                  "With --attach: the key that the signature is checked with")
      .reads_file();
  command.add_flag("--json", options->json, "Print JSON");
  command.footer(
      "Examples:\n"
      "  tmd sign update.tmd --key private.pem -o signed.tmd\n"
      "  tmd sign update.tmd --prepare bytes.bin\n"
      "  openssl dgst -sha256 -sign private.pem -out signature.der bytes.bin\n"
      "  tmd sign update.tmd --attach signature.der --public-key public.pem -o signed.tmd");
  command.callback([options] { run(*options); });
}

}  // namespace tmd::host::cli
