// SPDX-License-Identifier: Apache-2.0
#include "sign/signer.hpp"

#include <psa/crypto.h>
#include <sodium.h>

#include <memory>
#include <string>

#include "base/error.hpp"
#include "sign/crypto_library.hpp"
#include "sign/sodium_ed25519.hpp"
#include "tmd/auth/authentication.hpp"
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
  std::uint8_t hash[32] = {};
  Sha256 sha256;
  sha256.update(message);
  sha256.finish(MutableBytes(hash));
  PsaKey key;
  open_p256(key, signing);
  Bytes signature(PsaEs256::kSignatureSize);
  std::size_t length = 0;
  expect_success(psa_sign_hash(key.id(), kDeterministicEcdsa, hash, sizeof(hash), signature.data(),
                               signature.size(), &length),
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

}  // namespace

void start_crypto_library() {
  if (sodium_init() < 0) throw Error("libsodium could not be initialised");
  expect_success(psa_crypto_init(), "PSA Crypto could not be initialised");
}

Bytes sign_message(const SigningKey& key, ConstBytes message) {
  start_crypto_library();
  switch (key.algorithm) {
    case CoseAlgorithm::es256:
      return sign_es256(key, message);
    case CoseAlgorithm::eddsa:
      return sign_ed25519(key, message);
    default:
      return compute_mac(key, message);
  }
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

Status verify_block(const VerificationKey& key, ConstBytes identifier, ConstBytes manifest,
                    ConstBytes block) {
  start_crypto_library();
  using EveryVerifier = Verifiers<PsaEs256, SodiumEd25519<kMaxSignedBytes>, PsaHmacSha256, PsaAesCmac>;
  const TrustedKey keys[] = {{0, key.algorithm, identifier, key.material.view()}};
  const auto authentication =
      std::make_unique<CoseAuthentication<EveryVerifier>>(keys);  // large: not on the stack
  return authentication->verify(manifest, block);
}

}  // namespace tmd::host::sign
