// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "sign/secret_bytes.hpp"
#include "tmd/internal/auth/cose.hpp"

namespace tmd::host::sign {

/// What `tmd keygen --type` and `tmd sign --type` call an algorithm: es256, ed25519, hmac-sha256, aes-cmac.
CoseAlgorithm algorithm_named(std::string_view name);
std::string_view name_of(CoseAlgorithm algorithm);
bool is_symmetric(CoseAlgorithm algorithm);

/// A key that signs. `secret`: the scalar of P-256 or the seed of Ed25519, 32 bytes each, or the MAC secret.
struct SigningKey {
  CoseAlgorithm algorithm = CoseAlgorithm::es256;
  SecretBytes secret;
};

/// A key that verifies. `material` as in tmd::TrustedKey; of a MAC it is the secret.
struct VerificationKey {
  CoseAlgorithm algorithm = CoseAlgorithm::es256;
  SecretBytes material;

  /// The key identifier that is used where none is given: the first four bytes of the SHA-256 of a public
  /// key, as many as a fleet's few keys need and a radio link can spare. Empty for a MAC secret.
  Bytes default_identifier() const;

  /// COSE Key Thumbprint with SHA-256 (RFC 9679), 32 bytes, by which every key can be revoked.
  Bytes thumbprint() const;
};

/// Reads the text of a key file; "-" is the standard input. At most 64 KiB; throws Error.
SecretBytes read_key_text(const std::string& path);

/// A private key as OpenSSL writes it in PEM: "EC PRIVATE KEY" (SEC 1) or "PRIVATE KEY" (PKCS#8) on P-256,
/// or "PRIVATE KEY" of Ed25519 (RFC 8410). Encrypted files are refused.
SigningKey parse_private_key(const SecretBytes& pem);

/// A public key as OpenSSL writes it in PEM ("PUBLIC KEY").
VerificationKey parse_public_key(const SecretBytes& pem);

/// A MAC or cipher secret: hexadecimal digits, as `openssl rand -hex 32` writes them. HMAC: 32 to 64 bytes;
/// AES: 16 or 32.
SecretBytes parse_secret(const SecretBytes& text, CoseAlgorithm algorithm);

/// The same out of a file; "-" is the standard input. What is wrong with it is said with its name.
SigningKey read_private_key(const std::string& path);
VerificationKey read_public_key(const std::string& path);
SecretBytes read_secret(const std::string& path, CoseAlgorithm algorithm);

/// What verifies the signatures of this key.
VerificationKey verification_key_of(const SigningKey& key);

/// New keys out of the operating system's random numbers.
SigningKey generate_key(CoseAlgorithm algorithm);

/// The text of a key file: PEM, or hexadecimal digits for a MAC secret.
SecretBytes private_key_text(const SigningKey& key);
std::string public_key_text(const VerificationKey& key);

/// Creates a file that nobody but its owner can read (mode 0600). A file that exists is never overwritten.
void write_secret_file(const std::string& path, ConstBytes content);
/// The same for what anyone may read (mode 0644).
void write_public_file(const std::string& path, std::string_view content);

}  // namespace tmd::host::sign
