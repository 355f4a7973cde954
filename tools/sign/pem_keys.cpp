// SPDX-License-Identifier: Apache-2.0
// Keys in PEM, as OpenSSL writes them. Mbed TLS reads every form that a P-256 key may come in and gives it back in
// the one that it writes, whose bytes stand at known places: so nothing here looks into its structures, which 3.x
// keeps closed. Neither 2.28 nor 3.x knows Ed25519, whose files hold one fixed DER prefix and the 32 bytes of the key
// (RFC 8410, sections 4 and 7).
#include <mbedtls/base64.h>
#include <mbedtls/pem.h>
#include <mbedtls/pk.h>
#include <mbedtls/psa_util.h>
#include <mbedtls/version.h>
#include <psa/crypto.h>
#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <string>

#include "base/error.hpp"
#include "sign/crypto_library.hpp"
#include "sign/key_files.hpp"

namespace tmd::host::sign {
namespace {

constexpr std::size_t kKeySize = 32;
constexpr std::size_t kPointSize = 65;
constexpr std::size_t kPemCapacity = 1024;
constexpr std::size_t kDerCapacity = 4096;  // an RSA key of 8,192 bits, to be refused by its kind
constexpr std::uint8_t kEd25519PrivatePrefix[] = {0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                                  0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
constexpr std::uint8_t kEd25519PublicPrefix[] = {0x30, 0x2A, 0x30, 0x05, 0x06, 0x03,
                                                 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00};
// SEC 1, C.4: version, the scalar, then curve and point as Mbed TLS and OpenSSL write them, uncompressed.
constexpr std::uint8_t kP256PrivatePrefix[] = {0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20};
constexpr std::uint8_t kP256PrivateMiddle[] = {0xA0, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D,
                                               0x03, 0x01, 0x07, 0xA1, 0x44, 0x03, 0x42, 0x00};
// RFC 5480, section 2: id-ecPublicKey on prime256v1.
constexpr std::uint8_t kP256PublicPrefix[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48,
                                              0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48,
                                              0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};

/// The first and the last line of a PEM text, without the ends of these lines.
struct PemLines {
  const char* begin;
  const char* end;
};
constexpr PemLines kPrivateLines = {"-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"};
constexpr PemLines kPublicLines = {"-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"};
constexpr PemLines kEcPrivateLines = {"-----BEGIN EC PRIVATE KEY-----", "-----END EC PRIVATE KEY-----"};

class PkContext {
 public:
  PkContext() { mbedtls_pk_init(&context_); }
  PkContext(const PkContext&) = delete;
  PkContext& operator=(const PkContext&) = delete;
  ~PkContext() { mbedtls_pk_free(&context_); }

  /// `pem` with its terminating zero. These two: false where Mbed TLS refuses it.
  bool parse_private(const SecretBytes& pem) {
#if MBEDTLS_VERSION_MAJOR >= 3
    return mbedtls_pk_parse_key(&context_, pem.data(), pem.size(), nullptr, 0, mbedtls_psa_get_random,
                                MBEDTLS_PSA_RANDOM_STATE) == 0;
#else
    return mbedtls_pk_parse_key(&context_, pem.data(), pem.size(), nullptr, 0) == 0;
#endif
  }
  bool parse_public(const SecretBytes& pem) {
    return mbedtls_pk_parse_public_key(&context_, pem.data(), pem.size()) == 0;
  }

  /// The bytes behind `prefix` in what Mbed TLS writes of the key. Throws Error where it writes something else: a key
  /// on another curve, or of another kind.
  SecretBytes private_part() {
    return part(mbedtls_pk_write_key_der, ConstBytes(kP256PrivatePrefix), kKeySize);
  }
  SecretBytes public_part() {
    return part(mbedtls_pk_write_pubkey_der, ConstBytes(kP256PublicPrefix), kPointSize);
  }

 private:
  template <class Writer>
  SecretBytes part(Writer write, ConstBytes prefix, std::size_t size) {
    SecretBytes buffer(kDerCapacity);
    const int length = write(&context_, buffer.data(), buffer.size());
    // It is written at the end of the buffer.
    const ConstBytes der =
        length > 0 ? buffer.view().from(buffer.size() - static_cast<std::size_t>(length)) : ConstBytes();
    if (der.size() < prefix.size() + size || !equal_bytes(der.first(prefix.size()), prefix))
      throw Error("the key is neither on P-256 nor for Ed25519: other kinds are not supported");
    SecretBytes bytes(size);
    copy_bytes(der.slice(prefix.size(), size), bytes.mutable_view());
    return bytes;
  }

  mbedtls_pk_context context_;
};

/// Mbed TLS wants the terminating zero to be part of a PEM text.
SecretBytes terminated(ConstBytes text) {
  SecretBytes with_zero(text.size() + 1);
  copy_bytes(text, with_zero.mutable_view());
  return with_zero;
}

bool contains(ConstBytes text, const char* word) {
  return std::search(text.begin(), text.end(), word, word + std::strlen(word)) != text.end();
}

/// What stands between the two lines, decoded; empty where it is no such text.
SecretBytes der_of(const SecretBytes& pem, const PemLines& lines) {
  const ConstBytes text = pem.view();
  const auto begin =
      std::search(text.begin(), text.end(), lines.begin, lines.begin + std::strlen(lines.begin));
  const auto end = std::search(begin, text.end(), lines.end, lines.end + std::strlen(lines.end));
  if (begin == text.end() || end == text.end()) return {};
  const auto* body = begin + std::strlen(lines.begin);
  SecretBytes decoded(text.size());
  std::size_t length = 0;
  if (mbedtls_base64_decode(decoded.data(), decoded.size(), &length, body,
                            static_cast<std::size_t>(end - body)) != 0)
    return {};
  SecretBytes der(length);
  copy_bytes(decoded.view().first(length), der.mutable_view());
  return der;
}

/// The 32 key bytes of an Ed25519 file, or nothing where the PEM is of another kind.
SecretBytes ed25519_bytes(const SecretBytes& pem, const PemLines& lines, ConstBytes prefix) {
  const SecretBytes der = der_of(pem, lines);
  SecretBytes key;
  if (der.size() == prefix.size() + kKeySize && equal_bytes(der.view().first(prefix.size()), prefix)) {
    key = SecretBytes(kKeySize);
    copy_bytes(der.view().from(prefix.size()), key.mutable_view());
  }
  return key;
}

SecretBytes pem_of(const PemLines& lines, const SecretBytes& der) {
  SecretBytes text(kPemCapacity);
  std::size_t length = 0;
  const std::string begin = std::string(lines.begin) + "\n";
  const std::string end = std::string(lines.end) + "\n";
  if (mbedtls_pem_write_buffer(begin.c_str(), end.c_str(), der.data(), der.size(), text.data(), text.size(),
                               &length) != 0) {
    throw Error("the key could not be written as PEM");
  }
  SecretBytes exact(length - 1);  // without the terminating zero
  copy_bytes(text.view().first(length - 1), exact.mutable_view());
  return exact;
}

SecretBytes joined(std::initializer_list<ConstBytes> parts) {
  std::size_t size = 0;
  for (const ConstBytes& part : parts) size += part.size();
  SecretBytes whole(size);
  std::size_t at = 0;
  for (const ConstBytes& part : parts) {
    copy_bytes(part, whole.mutable_view().from(at));
    at += part.size();
  }
  return whole;
}

}  // namespace

SigningKey parse_private_key(const SecretBytes& pem) {
  start_crypto_library();
  if (contains(pem.view(), "ENCRYPTED")) {
    throw Error(
        "the private key is encrypted: decrypt it (openssl pkey) or sign in two steps with --prepare");
  }
  SigningKey key;
  key.secret = ed25519_bytes(pem, kPrivateLines, ConstBytes(kEd25519PrivatePrefix));
  if (!key.secret.empty()) {
    key.algorithm = CoseAlgorithm::eddsa;
    return key;
  }
  PkContext pk;
  if (!pk.parse_private(terminated(pem.view())))
    throw Error("not a private key in PEM, as OpenSSL writes it");
  key.algorithm = CoseAlgorithm::es256;
  key.secret = pk.private_part();
  return key;
}

VerificationKey parse_public_key(const SecretBytes& pem) {
  start_crypto_library();
  VerificationKey key;
  key.material = ed25519_bytes(pem, kPublicLines, ConstBytes(kEd25519PublicPrefix));
  if (!key.material.empty()) {
    key.algorithm = CoseAlgorithm::eddsa;
    return key;
  }
  PkContext pk;
  if (!pk.parse_public(terminated(pem.view()))) throw Error("not a public key in PEM, as OpenSSL writes it");
  key.algorithm = CoseAlgorithm::es256;
  key.material = pk.public_part();
  return key;
}

SecretBytes private_key_text(const SigningKey& key) {
  switch (key.algorithm) {
    case CoseAlgorithm::eddsa:
      return pem_of(kPrivateLines, joined({ConstBytes(kEd25519PrivatePrefix), key.secret.view()}));
    case CoseAlgorithm::es256:
      return pem_of(kEcPrivateLines,
                    joined({ConstBytes(kP256PrivatePrefix), key.secret.view(), ConstBytes(kP256PrivateMiddle),
                            verification_key_of(key).material.view()}));
    default:
      break;
  }
  SecretBytes text(2 * key.secret.size() + 1);  // the last character becomes the end of the line
  sodium_bin2hex(reinterpret_cast<char*>(text.data()), text.size(), key.secret.data(), key.secret.size());
  text.data()[text.size() - 1] = '\n';
  return text;
}

std::string public_key_text(const VerificationKey& key) {
  if (is_symmetric(key.algorithm)) throw Error("a MAC secret has no public half");
  const ConstBytes prefix = key.algorithm == CoseAlgorithm::eddsa ? ConstBytes(kEd25519PublicPrefix)
                                                                  : ConstBytes(kP256PublicPrefix);
  const SecretBytes text = pem_of(kPublicLines, joined({prefix, key.material.view()}));
  return std::string(text.view().begin(), text.view().end());
}

}  // namespace tmd::host::sign
