// SPDX-License-Identifier: Apache-2.0
// Keys in PEM, as OpenSSL writes them. P-256 goes through Mbed TLS; it has no Ed25519 in 2.28, whose files
// hold one fixed DER prefix and the 32 bytes of the key (RFC 8410, sections 4 and 7).
#include <mbedtls/ecp.h>
#include <mbedtls/pem.h>
#include <mbedtls/pk.h>
#include <psa/crypto.h>
#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>

#include "host/error.hpp"
#include "sign/crypto_library.hpp"
#include "sign/key_files.hpp"

namespace tmd::host {
namespace {

constexpr std::size_t kKeySize = 32;
constexpr std::size_t kPointSize = 65;
constexpr std::size_t kPemCapacity = 1024;
constexpr std::uint8_t kEd25519PrivatePrefix[] = {0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                                  0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
constexpr std::uint8_t kEd25519PublicPrefix[] = {0x30, 0x2A, 0x30, 0x05, 0x06, 0x03,
                                                 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00};
constexpr char kPrivateBegin[] = "-----BEGIN PRIVATE KEY-----\n";
constexpr char kPrivateEnd[] = "-----END PRIVATE KEY-----\n";
constexpr char kPublicBegin[] = "-----BEGIN PUBLIC KEY-----\n";
constexpr char kPublicEnd[] = "-----END PUBLIC KEY-----\n";

struct PkContext {
  mbedtls_pk_context context;
  PkContext() { mbedtls_pk_init(&context); }
  PkContext(const PkContext&) = delete;
  PkContext& operator=(const PkContext&) = delete;
  ~PkContext() { mbedtls_pk_free(&context); }

  mbedtls_ecp_keypair& p256() {
    if (mbedtls_pk_get_type(&context) != MBEDTLS_PK_ECKEY ||
        mbedtls_pk_ec(context)->grp.id != MBEDTLS_ECP_DP_SECP256R1) {
      throw Error("the key is neither on P-256 nor for Ed25519: other kinds are not supported");
    }
    return *mbedtls_pk_ec(context);
  }
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

/// The 32 key bytes of an Ed25519 file, or nothing where the PEM is of another kind.
SecretBytes ed25519_bytes(const SecretBytes& pem, const char* begin, const char* end, ConstBytes prefix) {
  const SecretBytes text = terminated(pem.view());
  mbedtls_pem_context decoded;
  mbedtls_pem_init(&decoded);
  std::size_t used = 0;
  SecretBytes key;
  if (mbedtls_pem_read_buffer(&decoded, begin, end, text.data(), nullptr, 0, &used) == 0) {
    const ConstBytes der(decoded.buf, decoded.buflen);
    if (der.size() == prefix.size() + kKeySize && equal_bytes(der.first(prefix.size()), prefix)) {
      key = SecretBytes(kKeySize);
      copy_bytes(der.from(prefix.size()), key.mutable_view());
    }
  }
  mbedtls_pem_free(&decoded);
  return key;
}

// Without the newline: mbedtls_pem_read_buffer looks for the words, and files may have any line ending.
constexpr char kPrivateBeginWords[] = "-----BEGIN PRIVATE KEY-----";
constexpr char kPrivateEndWords[] = "-----END PRIVATE KEY-----";
constexpr char kPublicBeginWords[] = "-----BEGIN PUBLIC KEY-----";
constexpr char kPublicEndWords[] = "-----END PUBLIC KEY-----";

SecretBytes pem_of(const char* begin, const char* end, ConstBytes der) {
  SecretBytes text(kPemCapacity);
  std::size_t length = 0;
  if (mbedtls_pem_write_buffer(begin, end, der.data(), der.size(), text.data(), text.size(), &length) != 0) {
    throw Error("the key could not be written as PEM");
  }
  SecretBytes exact(length - 1);  // without the terminating zero
  copy_bytes(text.view().first(length - 1), exact.mutable_view());
  return exact;
}

SecretBytes prefixed(ConstBytes prefix, ConstBytes key) {
  SecretBytes der(prefix.size() + key.size());
  copy_bytes(prefix, der.mutable_view());
  copy_bytes(key, der.mutable_view().from(prefix.size()));
  return der;
}

SecretBytes p256_text(const SecretBytes& scalar, const VerificationKey& public_key, bool with_private) {
  PkContext pk;
  if (mbedtls_pk_setup(&pk.context, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)) != 0) {
    throw Error("Mbed TLS has no elliptic curves");
  }
  mbedtls_ecp_keypair& pair = *mbedtls_pk_ec(pk.context);
  int failed = mbedtls_ecp_group_load(&pair.grp, MBEDTLS_ECP_DP_SECP256R1);
  failed |= mbedtls_ecp_point_read_binary(&pair.grp, &pair.Q, public_key.material.data(),
                                          public_key.material.size());
  if (with_private) failed |= mbedtls_mpi_read_binary(&pair.d, scalar.data(), scalar.size());
  SecretBytes text(kPemCapacity);
  if (failed == 0) {
    failed = with_private ? mbedtls_pk_write_key_pem(&pk.context, text.data(), text.size())
                          : mbedtls_pk_write_pubkey_pem(&pk.context, text.data(), text.size());
  }
  if (failed != 0) throw Error("the key could not be written as PEM");
  const std::size_t length = std::strlen(reinterpret_cast<const char*>(text.data()));
  SecretBytes exact(length);
  copy_bytes(text.view().first(length), exact.mutable_view());
  return exact;
}

}  // namespace

SigningKey parse_private_key(const SecretBytes& pem) {
  start_crypto_library();
  if (contains(pem.view(), "ENCRYPTED")) {
    throw Error(
        "the private key is encrypted: decrypt it (openssl pkey) or sign in two steps with --prepare");
  }
  SigningKey key;
  key.secret = ed25519_bytes(pem, kPrivateBeginWords, kPrivateEndWords, ConstBytes(kEd25519PrivatePrefix));
  if (!key.secret.empty()) {
    key.algorithm = CoseAlgorithm::eddsa;
    return key;
  }
  const SecretBytes text = terminated(pem.view());
  PkContext pk;
  if (mbedtls_pk_parse_key(&pk.context, text.data(), text.size(), nullptr, 0) != 0) {
    throw Error("not a private key in PEM, as OpenSSL writes it");
  }
  mbedtls_ecp_keypair& pair = pk.p256();
  key.algorithm = CoseAlgorithm::es256;
  key.secret = SecretBytes(kKeySize);
  if (mbedtls_mpi_write_binary(&pair.d, key.secret.data(), kKeySize) != 0)
    throw Error("the private key is damaged");
  return key;
}

VerificationKey parse_public_key(const SecretBytes& pem) {
  start_crypto_library();
  VerificationKey key;
  key.material = ed25519_bytes(pem, kPublicBeginWords, kPublicEndWords, ConstBytes(kEd25519PublicPrefix));
  if (!key.material.empty()) {
    key.algorithm = CoseAlgorithm::eddsa;
    return key;
  }
  const SecretBytes text = terminated(pem.view());
  PkContext pk;
  if (mbedtls_pk_parse_public_key(&pk.context, text.data(), text.size()) != 0) {
    throw Error("not a public key in PEM, as OpenSSL writes it");
  }
  mbedtls_ecp_keypair& pair = pk.p256();
  key.algorithm = CoseAlgorithm::es256;
  key.material = SecretBytes(kPointSize);
  std::size_t length = 0;
  const int failed = mbedtls_ecp_point_write_binary(&pair.grp, &pair.Q, MBEDTLS_ECP_PF_UNCOMPRESSED, &length,
                                                    key.material.data(), kPointSize);
  if (failed != 0 || length != kPointSize) throw Error("the public key is damaged");
  return key;
}

SecretBytes private_key_text(const SigningKey& key) {
  switch (key.algorithm) {
    case CoseAlgorithm::eddsa:
      return pem_of(kPrivateBegin, kPrivateEnd,
                    prefixed(ConstBytes(kEd25519PrivatePrefix), key.secret.view()).view());
    case CoseAlgorithm::es256:
      return p256_text(key.secret, verification_key_of(key), true);
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
  const SecretBytes text =
      key.algorithm == CoseAlgorithm::eddsa
          ? pem_of(kPublicBegin, kPublicEnd,
                   prefixed(ConstBytes(kEd25519PublicPrefix), key.material.view()).view())
          : p256_text(SecretBytes(), key, false);
  return std::string(text.view().begin(), text.view().end());
}

}  // namespace tmd::host
