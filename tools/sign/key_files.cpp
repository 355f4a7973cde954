// SPDX-License-Identifier: Apache-2.0
#include "sign/key_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "tmd/digest/digests.hpp"
#include "tmd/internal/auth/key_thumbprint.hpp"

namespace tmd::host::sign {
namespace {

void write_new_file(const std::string& path, ConstBytes bytes, mode_t mode, const char* advice) {
  // O_EXCL: neither an existing key nor what a planted link points to is overwritten.
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (file.number() < 0 && errno == EEXIST) throw Error(path + " exists, and " + advice);
  if (file.number() < 0) throw Error("cannot create " + path + ": " + std::strerror(errno));
  if (write_all(file.number(), bytes) && (::fsync(file.number()) == 0 || errno == EINVAL)) return;
  const std::string reason = std::strerror(errno);
  ::unlink(path.c_str());
  throw Error("cannot write " + path + ": " + reason);
}

int hex_digit(std::uint8_t character) {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  if (character >= 'A' && character <= 'F') return character - 'A' + 10;
  return -1;
}

bool is_blank(std::uint8_t character) {
  return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

}  // namespace

CoseAlgorithm algorithm_named(std::string_view name) {
  for (const CoseAlgorithm algorithm :
       {CoseAlgorithm::es256, CoseAlgorithm::eddsa, CoseAlgorithm::hmac_sha256, CoseAlgorithm::aes_cmac}) {
    if (name == name_of(algorithm)) return algorithm;
  }
  throw Error("unknown key type '" + std::string(name) +
              "': es256, ed25519, hmac-sha256 and aes-cmac are known");
}

std::string_view name_of(CoseAlgorithm algorithm) {
  switch (algorithm) {
    case CoseAlgorithm::es256:
      return "es256";
    case CoseAlgorithm::eddsa:
      return "ed25519";
    case CoseAlgorithm::hmac_sha256:
      return "hmac-sha256";
    case CoseAlgorithm::aes_cmac:
      return "aes-cmac";
  }
  return "unknown";
}

bool is_symmetric(CoseAlgorithm algorithm) {
  return algorithm == CoseAlgorithm::hmac_sha256 || algorithm == CoseAlgorithm::aes_cmac;
}

Bytes VerificationKey::default_identifier() const {
  constexpr std::size_t kLength = 4;
  if (is_symmetric(algorithm)) return {};
  return to_bytes(digest_of(DigestKind::sha256, material.view()).view().first(kLength));
}

Bytes VerificationKey::thumbprint() const {
  AllDigests digests;
  Digest digest;
  if (key_thumbprint(algorithm, material.view(), digests, digest) != Status::ok)
    throw Error("this is no key of the kind that it is said to be");
  return to_bytes(digest.view());
}

SecretBytes read_key_text(const std::string& path) {
  constexpr std::size_t kLimit = 64 * 1024;
  const Descriptor file(path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) throw Error("cannot read " + path + ": " + std::strerror(errno));
  SecretBytes buffer(kLimit + 1);  // of full size from the start: growing would leave copies behind
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const ssize_t got = ::read(file.number(), buffer.data() + filled, buffer.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error("cannot read " + path + ": " + std::strerror(errno));
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  if (filled > kLimit) throw Error(path + ": too large for a key file");
  SecretBytes text(filled);
  copy_bytes(buffer.view().first(filled), text.mutable_view());
  return text;
}

SecretBytes parse_secret(const SecretBytes& text, CoseAlgorithm algorithm) {
  SecretBytes decoded(text.size() / 2);
  std::size_t count = 0;
  int pending = -1;
  for (const std::uint8_t character : text.view()) {
    if (is_blank(character)) continue;
    const int digit = hex_digit(character);
    if (digit < 0) throw Error("a secret key file holds hexadecimal digits and nothing else");
    if (pending >= 0) decoded.data()[count++] = static_cast<std::uint8_t>(pending * 16 + digit);
    pending = pending >= 0 ? -1 : digit;
  }
  const bool fits =
      algorithm == CoseAlgorithm::hmac_sha256 ? count >= 32 && count <= 64 : count == 16 || count == 32;
  if (pending >= 0 || !fits) {
    throw Error(algorithm == CoseAlgorithm::hmac_sha256 ? "an HMAC secret has 32 to 64 bytes"
                                                        : "an AES secret has 16 or 32 bytes");
  }
  SecretBytes secret(count);
  copy_bytes(decoded.view().first(count), secret.mutable_view());
  return secret;
}

namespace {

template <class Parse>
auto parsed(const std::string& path, Parse&& parse) {
  const SecretBytes text = read_key_text(path);
  try {
    return parse(text);
  } catch (const Error& error) {
    throw Error(path + ": " + error.what());
  }
}

}  // namespace

SigningKey read_private_key(const std::string& path) {
  return parsed(path, parse_private_key);
}
VerificationKey read_public_key(const std::string& path) {
  return parsed(path, parse_public_key);
}
SecretBytes read_secret(const std::string& path, CoseAlgorithm algorithm) {
  return parsed(path, [&](const SecretBytes& text) { return parse_secret(text, algorithm); });
}

void write_secret_file(const std::string& path, ConstBytes content) {
  write_new_file(path, content, S_IRUSR | S_IWUSR,
                 "no key is written over; give another name, or --existing where it is the key");
}

void write_public_file(const std::string& path, std::string_view content) {
  const Bytes bytes(content.begin(), content.end());
  write_new_file(path, host::view(bytes), S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH,
                 "nothing is written over; give another name");
}

}  // namespace tmd::host::sign
