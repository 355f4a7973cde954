// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "cli/command_line.hpp"
#include "format/container.hpp"

namespace tmd::host::cli {

/// Whose signature a patch gets. Keys are files, "-" is the standard input: a secret is never an argument.
struct SigningOptions {
  std::string key;                   ///< Private key in PEM.
  std::string secret;                ///< MAC secret in hexadecimal digits.
  std::string type = "hmac-sha256";  ///< What the secret is for.
  std::string identifier;            ///< Empty: the key's own.
  std::string certificate;  ///< Of the key by a root, from tmd certify; empty: the firmware knows the key.
  std::string body_secret;  ///< Encrypts the body first.
  std::string body_identifier;

  bool wanted() const { return !key.empty() || !secret.empty() || !body_secret.empty(); }
};

/// Adds --sign (or whatever `key_option` says), --secret, --type, --key-id, --certificate, --encrypt and
/// --encrypt-key-id.
void add_signing_options(Command& command, SigningOptions& options, const std::string& key_option);

/// Throws UsageError where they say something of a signature and nothing signs.
void check_signing_usage(const SigningOptions& options);

/// Encrypts and signs patches as the options say. All files are read by this call: standard input and pipes give a key
/// once, however many patches want it. Throws host::Error, and so does what it returns.
std::function<host::Bytes(const host::Bytes& patch)> patch_signer(const SigningOptions& options);

/// The certificate that the options name, or nothing. Throws Error where the file holds none.
host::Bytes read_certificate(const SigningOptions& options);

/// With which key a signature is checked.
struct VerifyingOptions {
  std::string public_key;
  std::string secret;
  std::string type = "hmac-sha256";

  bool wanted() const { return !public_key.empty() || !secret.empty(); }
};

/// Adds --public-key, --secret and --type.
void add_verifying_options(Command& command, VerifyingOptions& options);

/// Throws NegativeAnswer, naming the file, where the signature is absent or not this key's, and host::Error where the
/// key cannot be read.
void check_signature(const std::string& path, const host::Bytes& patch, const VerifyingOptions& options);

/// Signs texts with the private key in this file, which is read by this call; answers with hexadecimal digits. Throws
/// host::Error, and so does what it returns.
std::function<std::string(const std::string& text)> text_signer(const std::string& key_file);
/// Answers what is wrong with such a signature under the public key in this file, which is read by this call; empty:
/// nothing. Throws host::Error where the key can't be read.
std::function<std::string(const std::string& text, const std::string& signature)> signature_checker(
    const std::string& public_key_file);

/// Key identifiers as people give them: text, or hexadecimal digits after "0x".
host::Bytes identifier_from(const std::string& text);

}  // namespace tmd::host::cli
