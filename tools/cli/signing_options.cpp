// SPDX-License-Identifier: Apache-2.0
#include "cli/signing_options.hpp"

#include <fmt/format.h>

#include "host/error.hpp"
#include "host/files.hpp"
#include "host/numbers.hpp"
#include "sign/signed_patch.hpp"
#include "sign/signer.hpp"

namespace tmd::cli {
namespace {

host::SigningKey signing_key(const SigningOptions& options) {
  if (!options.key.empty()) return host::parse_private_key(host::read_key_text(options.key));
  host::SigningKey key;
  key.algorithm = host::algorithm_named(options.type);
  key.secret = host::parse_secret(host::read_key_text(options.secret), key.algorithm);
  return key;
}

host::VerificationKey verification_key(const VerifyingOptions& options) {
  if (!options.public_key.empty()) return host::parse_public_key(host::read_key_text(options.public_key));
  host::VerificationKey key;
  key.algorithm = host::algorithm_named(options.type);
  key.material = host::parse_secret(host::read_key_text(options.secret), key.algorithm);
  return key;
}

void add_secret_options(CLI::App& command, std::string& secret, std::string& type) {
  command.add_option("--secret", secret, "File with a MAC secret in hexadecimal digits; - is standard input");
  command.add_option("--type", type, "What the secret is for: hmac-sha256 or aes-cmac")
      ->check(CLI::IsMember({"hmac-sha256", "aes-cmac"}))
      ->capture_default_str();
}

}  // namespace

void add_signing_options(CLI::App& command, SigningOptions& options, const std::string& key_option) {
  CLI::Option* key = command.add_option(
      key_option, options.key, "Private key in PEM (P-256 or Ed25519) to sign with; - is standard input");
  add_secret_options(command, options.secret, options.type);
  command.get_option("--secret")->excludes(key);
  command.add_option("--key-id", options.identifier,
                     "Key identifier in the patch, text or 0x…; by default derived from the public key");
  command.add_option("--certificate", options.certificate,
                     "The key's certificate by a root that the firmware trusts (tmd certify)");
  command.add_option("--encrypt", options.body_secret,
                     "Encrypt the body (AES-CTR) with the secret in this file, in hexadecimal digits");
  command.add_option("--encrypt-key-id", options.body_identifier, "Identifier of that secret, text or 0x…");
}

host::Bytes sign_as_asked(const host::Bytes& patch, const SigningOptions& options) {
  host::Bytes result = patch;
  if (!options.body_secret.empty()) {
    // The same lengths serve AES whether it encrypts or authenticates.
    const host::SecretBytes secret =
        host::parse_secret(host::read_key_text(options.body_secret), CoseAlgorithm::aes_cmac);
    result =
        host::encrypt_patch(host::view(result), secret, host::view(identifier_from(options.body_identifier)));
  }
  if (options.key.empty() && options.secret.empty()) return result;
  const host::SigningKey key = signing_key(options);
  const host::Bytes identifier = options.identifier.empty()
                                     ? host::verification_key_of(key).default_identifier()
                                     : identifier_from(options.identifier);
  if (!options.certificate.empty()) {
    const host::Bytes certificate = host::read_file(options.certificate);
    result = host::with_certificate(host::view(result), host::view(certificate));
  }
  return host::sign_patch(host::view(result), key, host::view(identifier));
}

void add_verifying_options(CLI::App& command, VerifyingOptions& options) {
  CLI::Option* key = command.add_option("--public-key", options.public_key,
                                        "Check the signature with this public key in PEM (P-256 or Ed25519)");
  add_secret_options(command, options.secret, options.type);
  command.get_option("--secret")->excludes(key);
}

void check_signature(const std::string& path, const host::Bytes& patch, const VerifyingOptions& options) {
  const host::VerificationKey key = verification_key(options);
  const host::Bytes identifier = host::signer_identifier(host::view(patch), key);
  const Status status = host::verify_patch(host::view(patch), key, host::view(identifier));
  const std::string& key_file = options.public_key.empty() ? options.secret : options.public_key;
  if (status == Status::unsigned_patch)
    throw host::Error(path + " is not signed; sign it with tmd sign, or ask for the signed one");
  if (status == Status::unknown_key) {
    throw host::Error(
        fmt::format("{} is signed with another kind of key than {}, which is {}; give the signer's key", path,
                    key_file, host::name_of(key.algorithm)));
  }
  if (status == Status::bad_signature) {
    throw host::Error(fmt::format(
        "{}: the signature is not by the key in {}, or the patch was changed after it was signed; give "
        "the signer's key, or get the patch again from the signer",
        path, key_file));
  }
  if (status != Status::ok) throw host::Error(fmt::format("{}: {}", path, to_string(status)));
}

host::Bytes identifier_from(const std::string& text) {
  if (text.starts_with("0x")) return host::from_hex(std::string_view(text).substr(2));
  return host::Bytes(text.begin(), text.end());
}

}  // namespace tmd::cli
