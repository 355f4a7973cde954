// SPDX-License-Identifier: Apache-2.0
#include "cli/signing_options.hpp"

#include <fmt/format.h>

#include <memory>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/numbers.hpp"
#include "cli/command_line.hpp"
#include "sign/signed_patch.hpp"
#include "sign/signer.hpp"
#include "tmd/internal/auth/certificate.hpp"

namespace tmd::host::cli {
namespace {

sign::SigningKey signing_key(const SigningOptions& options) {
  if (!options.key.empty()) return sign::read_private_key(options.key);
  sign::SigningKey key;
  key.algorithm = sign::algorithm_named(options.type);
  key.secret = sign::read_secret(options.secret, key.algorithm);
  return key;
}

/// What the options name, read once.
class PatchSigner {
 public:
  explicit PatchSigner(const SigningOptions& options)
      : encrypts_(!options.body_secret.empty()), signs_(!options.key.empty() || !options.secret.empty()) {
    if (encrypts_) {
      // The same lengths serve AES whether it encrypts or authenticates.
      body_secret_ = sign::read_secret(options.body_secret, CoseAlgorithm::aes_cmac);
      body_identifier_ = identifier_from(options.body_identifier);
    }
    if (!signs_) return;
    key_ = signing_key(options);
    identifier_ = options.identifier.empty() ? sign::verification_key_of(key_).default_identifier()
                                             : identifier_from(options.identifier);
    certificate_ = read_certificate(options);
  }

  host::Bytes sign(const host::Bytes& patch) const {
    host::Bytes result = patch;
    if (encrypts_)
      result = sign::encrypt_patch(host::view(result), body_secret_, host::view(body_identifier_));
    if (!signs_) return result;
    if (!certificate_.empty()) result = sign::with_certificate(host::view(result), host::view(certificate_));
    return sign::sign_patch(host::view(result), key_, host::view(identifier_));
  }

 private:
  bool encrypts_;
  bool signs_;
  sign::SecretBytes body_secret_;
  host::Bytes body_identifier_;
  sign::SigningKey key_;
  host::Bytes identifier_;
  host::Bytes certificate_;
};

sign::VerificationKey verification_key(const VerifyingOptions& options) {
  if (!options.public_key.empty()) return sign::read_public_key(options.public_key);
  sign::VerificationKey key;
  key.algorithm = sign::algorithm_named(options.type);
  key.material = sign::read_secret(options.secret, key.algorithm);
  return key;
}

void add_secret_options(Command& command, std::string& secret, std::string& type) {
  const Option secret_file =
      command
          .add_option("--secret", secret, "File with a MAC secret in hexadecimal digits; - is standard input")
          .reads_file();
  command.add_option("--type", type, "What the secret is for: hmac-sha256 or aes-cmac")
      .one_of({"hmac-sha256", "aes-cmac"})
      .only_with(secret_file)
      .shows_default();
}

}  // namespace

void add_signing_options(Command& command, SigningOptions& options, const std::string& key_option) {
  const Option key =
      command
          .add_option(key_option, options.key,
                      "Private key in PEM (P-256 or Ed25519) to sign with; - is standard input")
          .reads_file();
  add_secret_options(command, options.secret, options.type);
  command.option("--secret").excludes(key);
  command.add_option("--key-id", options.identifier,
                     "Key identifier in the patch, text or 0x…; by default derived from the public key");
  command
      .add_option("--certificate", options.certificate,
                  "The key's certificate by a root that the firmware trusts (tmd certify)")
      .reads_file();
  const Option encrypt =
      command
          .add_option("--encrypt", options.body_secret,
                      "Encrypt the body (AES-CTR) with the secret in this file, in hexadecimal digits")
          .reads_file();
  command.add_option("--encrypt-key-id", options.body_identifier, "Identifier of that secret, text or 0x…")
      .only_with(encrypt);
}

void check_signing_usage(const SigningOptions& options) {
  if (!options.key.empty() || !options.secret.empty()) return;
  constexpr const char* kNeedsKey = "only with a key that signs";
  if (!options.certificate.empty()) throw UsageError("--certificate", kNeedsKey);
  if (!options.identifier.empty()) throw UsageError("--key-id", kNeedsKey);
}

host::Bytes read_certificate(const SigningOptions& options) {
  if (options.certificate.empty()) return {};
  host::Bytes certificate = host::read_file(options.certificate);
  Certificate parsed;
  if (parse_certificate(host::view(certificate), parsed) != Status::ok)
    throw host::Error(fmt::format("{}: this is no certificate; tmd certify makes one", options.certificate));
  return certificate;
}

std::function<host::Bytes(const host::Bytes& patch)> patch_signer(const SigningOptions& options) {
  const auto signer = std::make_shared<const PatchSigner>(options);
  return [signer](const host::Bytes& patch) { return signer->sign(patch); };
}

void add_verifying_options(Command& command, VerifyingOptions& options) {
  const Option key = command.add_option("--public-key", options.public_key,
                                        "Check the signature with this public key in PEM (P-256 or Ed25519)");
  add_secret_options(command, options.secret, options.type);
  command.option("--secret").excludes(key);
}

void check_signature(const std::string& path, const host::Bytes& patch, const VerifyingOptions& options) {
  const sign::VerificationKey key = verification_key(options);
  const host::Bytes identifier = sign::signer_identifier(host::view(patch), key);
  const Status status = sign::verify_signature(host::view(patch), key, host::view(identifier));
  const std::string& key_file = options.public_key.empty() ? options.secret : options.public_key;
  if (status == Status::unsigned_patch)
    throw NegativeAnswer{path + " is not signed; sign it with tmd sign, or ask for the signed one"};
  if (status == Status::unknown_key) {
    throw NegativeAnswer{
        fmt::format("{} is signed with another kind of key than {}, which is {}; give the signer's key", path,
                    key_file, sign::name_of(key.algorithm))};
  }
  if (status == Status::bad_signature) {
    throw NegativeAnswer{fmt::format(
        "{}: the signature is not by the key in {}, or the patch was changed after it was signed; give "
        "the signer's key, or get the patch again from the signer",
        path, key_file)};
  }
  if (status != Status::ok) throw NegativeAnswer{fmt::format("{}: {}", path, to_string(status))};
}

std::function<std::string(const std::string& text)> text_signer(const std::string& key_file) {
  const auto key = std::make_shared<const sign::SigningKey>(sign::read_private_key(key_file));
  return [key](const std::string& text) {
    const host::Bytes message(text.begin(), text.end());
    return host::to_hex(host::view(sign::sign_message(*key, host::view(message))));
  };
}

std::function<std::string(const std::string& text, const std::string& signature)> signature_checker(
    const std::string& public_key_file) {
  const auto key = std::make_shared<const sign::VerificationKey>(sign::read_public_key(public_key_file));
  return [key](const std::string& text, const std::string& signature) -> std::string {
    if (signature.empty()) return "it is not signed";
    const host::Bytes message(text.begin(), text.end());
    try {
      const host::Bytes raw = sign::raw_signature(key->algorithm, host::view(host::from_hex(signature)));
      const Status status = sign::verify_message(*key, host::view(message), host::view(raw));
      return status == Status::ok ? "" : to_string(status);
    } catch (const host::Error& error) {
      return error.what();
    }
  };
}

host::Bytes identifier_from(const std::string& text) {
  if (text.starts_with("0x")) return host::from_hex(std::string_view(text).substr(2));
  return host::Bytes(text.begin(), text.end());
}

}  // namespace tmd::host::cli
