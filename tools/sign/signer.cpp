// SPDX-License-Identifier: Apache-2.0
#include "sign/signer.hpp"

#include <mbedtls/asn1.h>
#include <psa/crypto.h>
#include <sodium.h>

#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/files.hpp"
#include "sign/crypto_library.hpp"
#include "sign/sodium_ed25519.hpp"
#include "tmd/auth/delegated_authentication.hpp"
#include "tmd/auth/psa/psa_es256.hpp"
#include "tmd/auth/psa/psa_mac.hpp"

namespace tmd::host::sign {
namespace {

constexpr std::size_t kMaxSignedBytes = 128 * 1024;  // more than the container lets a manifest have

const psa_algorithm_t kDeterministicEcdsa = PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256);

void expect_success(psa_status_t answer, const char* what) {
  if (answer != PSA_SUCCESS) throw Error(std::string(what) + " (PSA error " + std::to_string(answer) + ")");
}

void open_p256(PsaKey& key, const SigningKey& signing) {
  expect_success(key.open(signing.secret.view(), 0, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1),
                          PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_EXPORT, kDeterministicEcdsa),
                 "the private key was refused");
}

Bytes sign_es256(const SigningKey& signing, ConstBytes message) {
  const Digest hash = digest_of(DigestKind::sha256, message);
  PsaKey key;
  open_p256(key, signing);
  Bytes signature(PsaEs256::kSignatureSize);
  std::size_t length = 0;
  expect_success(psa_sign_hash(key.id(), kDeterministicEcdsa, hash.bytes.data(), hash.bytes.size(),
                               signature.data(), signature.size(), &length),
                 "signing failed");
  signature.resize(length);
  return signature;
}

Bytes sign_ed25519(const SigningKey& signing, ConstBytes message) {
  Bytes public_key(crypto_sign_PUBLICKEYBYTES);
  SecretBytes expanded(crypto_sign_SECRETKEYBYTES);
  Bytes signature(crypto_sign_BYTES);
  if (crypto_sign_seed_keypair(public_key.data(), expanded.data(), signing.secret.data()) != 0 ||
      crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), expanded.data()) != 0) {
    throw Error("signing failed");
  }
  return signature;
}

Bytes compute_mac(const SigningKey& signing, ConstBytes message) {
  const bool hmac = signing.algorithm == CoseAlgorithm::hmac_sha256;
  const psa_algorithm_t algorithm = hmac ? PSA_ALG_HMAC(PSA_ALG_SHA_256) : PSA_ALG_CMAC;
  PsaKey key;
  expect_success(key.open(signing.secret.view(), 0, hmac ? PSA_KEY_TYPE_HMAC : PSA_KEY_TYPE_AES,
                          PSA_KEY_USAGE_SIGN_MESSAGE, algorithm),
                 "the secret was refused");
  Bytes tag(PSA_MAC_MAX_SIZE);
  std::size_t length = 0;
  expect_success(
      psa_mac_compute(key.id(), algorithm, message.data(), message.size(), tag.data(), tag.size(), &length),
      "computing the MAC failed");
  tag.resize(length);
  return tag;
}

/// r || s out of SEQUENCE { INTEGER r, INTEGER s } (RFC 3279, section 2.2.3).
Bytes raw_from_der(ConstBytes der) {
  Bytes input = to_bytes(der);
  Bytes raw(PsaEs256::kSignatureSize);
  unsigned char* position = input.data();
  const unsigned char* end = input.data() + input.size();
  std::size_t length = 0;
  mbedtls_mpi r, s;
  mbedtls_mpi_init(&r);
  mbedtls_mpi_init(&s);
  int failed =
      mbedtls_asn1_get_tag(&position, end, &length, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
  if (failed == 0) failed = mbedtls_asn1_get_mpi(&position, end, &r);
  if (failed == 0) failed = mbedtls_asn1_get_mpi(&position, end, &s);
  if (failed == 0) failed = mbedtls_mpi_write_binary(&r, raw.data(), raw.size() / 2);
  if (failed == 0) failed = mbedtls_mpi_write_binary(&s, raw.data() + raw.size() / 2, raw.size() / 2);
  mbedtls_mpi_free(&r);
  mbedtls_mpi_free(&s);
  if (failed != 0 || position != end) throw Error("the signature is neither 64 bytes (r || s) nor DER");
  return raw;
}

Bytes signature_of(const SigningKey& key, ConstBytes message) {
  switch (key.algorithm) {
    case CoseAlgorithm::es256:
      return sign_es256(key, message);
    case CoseAlgorithm::eddsa:
      return sign_ed25519(key, message);
    default:
      return compute_mac(key, message);
  }
}

std::size_t signature_size(CoseAlgorithm algorithm) {
  switch (algorithm) {
    case CoseAlgorithm::hmac_sha256:
      return 32;
    case CoseAlgorithm::aes_cmac:
      return 16;
    default:
      return 64;
  }
}

using EveryVerifier = Verifiers<PsaEs256, SodiumEd25519<kMaxSignedBytes>, PsaHmacSha256, PsaAesCmac>;

}  // namespace

void start_crypto_library() {
  if (sodium_init() < 0) throw Error("libsodium could not be initialised");
  expect_success(psa_crypto_init(), "PSA Crypto could not be initialised");
}

Bytes sign_message(const SigningKey& key, ConstBytes message) {
  start_crypto_library();
  Bytes signature = signature_of(key, message);
  // A fault while signing can give the private key away, so a signature that does not verify never leaves.
  if (verify_message(verification_key_of(key), message, view(signature)) != Status::ok)
    throw Error(
        "the new signature does not verify, so nothing is signed: try again, on another machine if it stays "
        "so");
  return signature;
}

VerificationKey verification_key_of(const SigningKey& signing) {
  start_crypto_library();
  VerificationKey verification;
  verification.algorithm = signing.algorithm;
  if (signing.algorithm == CoseAlgorithm::es256) {
    PsaKey key;
    open_p256(key, signing);
    verification.material = SecretBytes(PsaEs256::kPointSize);
    std::size_t length = 0;
    expect_success(
        psa_export_public_key(key.id(), verification.material.data(), PsaEs256::kPointSize, &length),
        "the public key could not be derived");
  } else if (signing.algorithm == CoseAlgorithm::eddsa) {
    verification.material = SecretBytes(crypto_sign_PUBLICKEYBYTES);
    SecretBytes expanded(crypto_sign_SECRETKEYBYTES);
    if (crypto_sign_seed_keypair(verification.material.data(), expanded.data(), signing.secret.data()) != 0) {
      throw Error("the public key could not be derived");
    }
  } else {
    verification.material = SecretBytes(signing.secret.size());
    copy_bytes(signing.secret.view(), verification.material.mutable_view());
  }
  return verification;
}

SigningKey generate_key(CoseAlgorithm algorithm) {
  start_crypto_library();
  constexpr std::size_t kSecretSize = 32;
  constexpr std::size_t kAesSize = 16;
  SigningKey key;
  key.algorithm = algorithm;
  key.secret = SecretBytes(algorithm == CoseAlgorithm::aes_cmac ? kAesSize : kSecretSize);
  if (algorithm != CoseAlgorithm::es256) {
    randombytes_buf(key.secret.data(), key.secret.size());
    return key;
  }
  psa_key_attributes_t attributes = psa_key_attributes_init();
  psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
  psa_set_key_bits(&attributes, 256);
  psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_EXPORT);
  psa_key_id_t id = 0;
  expect_success(psa_generate_key(&attributes, &id), "no key could be generated");
  std::size_t length = 0;
  const psa_status_t exported = psa_export_key(id, key.secret.data(), key.secret.size(), &length);
  static_cast<void>(psa_destroy_key(id));
  expect_success(exported, "no key could be generated");
  return key;
}

Bytes raw_signature(CoseAlgorithm algorithm, ConstBytes signature) {
  const std::size_t expected = signature_size(algorithm);
  const bool is_der = algorithm == CoseAlgorithm::es256 && signature.size() != expected;
  const Bytes raw = is_der ? raw_from_der(signature) : to_bytes(signature);
  if (raw.size() != expected) {
    throw Error("the signature has " + std::to_string(raw.size()) + " bytes; " +
                std::string(name_of(algorithm)) + " gives " + std::to_string(expected));
  }
  return raw;
}

Bytes read_signature(const std::string& path, CoseAlgorithm algorithm) {
  const Bytes signature = read_file(path);
  return about(path, [&] { return raw_signature(algorithm, view(signature)); });
}

Status verify_manifest(const VerificationKey& key, ConstBytes identifier, const ManifestToVerify& manifest) {
  start_crypto_library();
  // The certificate's key must have another number than this one, which has none here.
  std::uint8_t number = 0;
  EntryReader entries(manifest.entries);
  Entry entry;
  Certificate certificate;
  while (entries.next(entry) == Status::ok) {
    if (entry.number == EntryNumber::certificate && parse_certificate(entry.value, certificate) == Status::ok)
      number = certificate.number ^ 1U;
  }
  const TrustedKey keys[] = {{number, key.algorithm, identifier, key.material.view(), false, 0, true}};
  const auto authentication =
      std::make_unique<DelegatedAuthentication<EveryVerifier>>(keys);  // large: not on the stack
  AllDigests digests;
  return authentication->verify(manifest, digests);
}

Status verify_message(const VerificationKey& key, ConstBytes message, ConstBytes signature) {
  start_crypto_library();
  // The verifier of firmware takes no message that is longer than its buffer; an entry of a release log may be.
  if (key.algorithm == CoseAlgorithm::eddsa && signature.size() == crypto_sign_BYTES &&
      key.material.size() == crypto_sign_PUBLICKEYBYTES)
    return sodium_verify_ed25519(signature, message, key.material.view()) ? Status::ok
                                                                          : Status::bad_signature;
  const TrustedKey trusted{0, key.algorithm, {}, key.material.view()};
  BytePieces pieces;
  pieces.add(message);
  AllDigests digests;
  return std::make_unique<EveryVerifier>()->verify(trusted, pieces, signature, digests);
}

}  // namespace tmd::host::sign
