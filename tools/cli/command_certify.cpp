// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/numbers.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/outcome.hpp"
#include "cli/signing_options.hpp"
#include "sign/certificate.hpp"

namespace tmd::host::cli {
namespace {

struct CertifyOptions {
  std::string release_key;  ///< Public, in PEM.
  std::string output;
  std::uint32_t number = 0;
  std::string family;
  std::string counters;
  std::string identifier;  ///< Of the release key.
  std::string root_key;    ///< Private, in PEM.
  std::string root_identifier;
  std::string prepare;
  std::string prepare_algorithm = "es256";
  std::string attach;
  std::string root_public_key;
  bool json = false;
};

/// "10-20", or one number for both ends.
void read_counters(const std::string& text, sign::ReleaseKey& release) try {
  const std::size_t dash = std::min(text.find('-'), text.size());
  constexpr std::uint32_t kLargest = 0xFFFFFFFF;
  release.first = static_cast<std::uint32_t>(host::to_number(text.substr(0, dash), kLargest));
  release.last = dash == text.size()
                     ? release.first
                     : static_cast<std::uint32_t>(host::to_number(text.substr(dash + 1), kLargest));
  if (release.first > release.last)
    throw host::Error(fmt::format("{} is above {}: the lower one comes first", release.first, release.last));
} catch (const host::Error& error) {
  throw UsageError("--counters", error.what());
}

host::Bytes read_family(const std::string& text) try {
  return host::from_hex(text);
} catch (const host::Error& error) {
  throw UsageError("--family", error.what());
}

sign::ReleaseKey release_of(const CertifyOptions& options) {
  const sign::VerificationKey key = sign::read_public_key(options.release_key);
  sign::ReleaseKey release;
  release.number = static_cast<std::uint8_t>(options.number);
  if (!options.family.empty()) release.family = read_family(options.family);
  read_counters(options.counters, release);
  release.algorithm = key.algorithm;
  release.identifier =
      options.identifier.empty() ? key.default_identifier() : identifier_from(options.identifier);
  release.material = host::to_bytes(key.material.view());
  return release;
}

/// First step with a root key in a safe: what it shall sign.
void prepare(const CertifyOptions& options) {
  const host::Bytes bytes =
      sign::prepare_certificate(release_of(options), sign::algorithm_named(options.prepare_algorithm));
  host::write_file(options.prepare, host::view(bytes));
  print_outcome_aside(options.json,
                      fmt::format("{}: {} bytes to sign with {}\n", options.prepare,
                                  host::with_commas(bytes.size()), options.prepare_algorithm),
                      {{"to_sign", options.prepare},
                       {"bytes", std::uint64_t{bytes.size()}},
                       {"algorithm", options.prepare_algorithm}},
                      {options.prepare});
}

host::Bytes certificate_as_asked(const CertifyOptions& options) {
  const sign::ReleaseKey release = release_of(options);
  const auto identifier_of = [&](const sign::VerificationKey& root) {
    return options.root_identifier.empty() ? root.default_identifier()
                                           : identifier_from(options.root_identifier);
  };
  if (options.attach.empty()) {
    const sign::SigningKey root = sign::read_private_key(options.root_key);
    return sign::issue_certificate(release, root, host::view(identifier_of(sign::verification_key_of(root))));
  }
  if (options.root_public_key.empty()) throw missing("--public-key");
  const sign::VerificationKey root = sign::read_public_key(options.root_public_key);
  return sign::attach_certificate(release, root, host::view(identifier_of(root)), options.attach);
}

void run(const CertifyOptions& options) {
  const int ways = (options.prepare.empty() ? 0 : 1) + (options.attach.empty() ? 0 : 1) +
                   (options.root_key.empty() ? 0 : 1);
  if (ways != 1) throw UsageError("give the root's key (--key), or --prepare, or --attach");
  if (!options.prepare.empty()) return prepare(options);
  if (options.output.empty()) throw missing("--output");
  const host::Bytes certificate = certificate_as_asked(options);
  host::write_file(options.output, host::view(certificate));
  print_outcome(options.json,
                fmt::format("{}: certificate of {} bytes for {} as key {}, counters {}\n", options.output,
                            host::with_commas(certificate.size()), options.release_key, options.number,
                            options.counters),
                {{"certificate", options.output},
                 {"bytes", std::uint64_t{certificate.size()}},
                 {"number", std::uint64_t{options.number}}},
                {options.output});
}

}  // namespace

void add_certify(Command& program) {
  auto options = std::make_shared<CertifyOptions>();
  Command command = program.add_subcommand(
      "certify", "Let a root key allow a release key to sign, for a family and a range of security counters");
  command.add_option("RELEASE", options->release_key, "The release key's public half, in PEM")
      .required()
      .reads_file();
  const Option output = command
                            .add_option("-o,--output", options->output,
                                        "Where to write the certificate, for tmd sign --certificate")
                            .writes_file();
  command
      .add_option("--number", options->number,
                  "The release key's number, 0 to 31, that no other key of the product has or had")
      .required()
      .between(0U, 31U);
  command.add_option("--counters", options->counters, "Security counters that it may sign for, such as 10-20")
      .required();
  command.add_option("--family", options->family, "The one model family it is for, a UUID; by default any");
  command.add_option("--key-id", options->identifier,
                     "The release key's identifier, text or 0x…; by default derived from the key");
  command.add_option("--key", options->root_key, "The root's private key in PEM; - is standard input")
      .reads_file();
  const Option root_key_id =
      command.add_option("--root-key-id", options->root_identifier,
                         "The root's identifier as the firmware knows it; by default derived from the key");
  const Option prepare = command
                             .add_option("--prepare", options->prepare,
                                         "Only write the bytes that the root shall sign to this file")
                             .writes_file()
                             .excludes(output)
                             .excludes(root_key_id);
  command
      .add_option("--algorithm", options->prepare_algorithm, "With --prepare: the root's, es256 or ed25519")
      .one_of({"es256", "ed25519"})
      .only_with(prepare)
      .shows_default();
  const Option attach = command
                            .add_option("--attach", options->attach,
                                        "Attach the root's signature in this file: 64 bytes, or DER")
                            .reads_file();
  command.add_option("--public-key", options->root_public_key, "With --attach: the root's public key in PEM")
      .only_with(attach)
      .reads_file();
  command.add_flag("--json", options->json, "Print JSON");
  command.footer(
      "Examples:\n"
      "  tmd certify release_public.pem --key root.pem --number 7 --counters 10-20 -o release.cert\n"
      "  tmd sign update.tmd --key release.pem --certificate release.cert -o signed.tmd\n"
      "  tmd verify signed.tmd --public-key root_public.pem");
  command.callback([options] { run(*options); });
}

}  // namespace tmd::host::cli
