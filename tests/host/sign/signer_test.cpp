// SPDX-License-Identifier: Apache-2.0
#include "sign/signer.hpp"

#include <dlfcn.h>
#include <doctest/doctest.h>
#include <psa/crypto.h>

#include <utility>

#include "base/error.hpp"
#include "sign/cose_writer.hpp"
#include "support/bytes.hpp"

using namespace tmd;
using test::Bytes;
using test::view;

namespace {

/// A bit flips while a signature is made.
bool is_faulty = false;

}  // namespace

/// In the place of the library's.
extern "C" psa_status_t psa_sign_hash(psa_key_id_t key, psa_algorithm_t algorithm, const std::uint8_t* hash,
                                      std::size_t hash_length, std::uint8_t* signature,
                                      std::size_t signature_size, std::size_t* signature_length) {
  const auto sign = reinterpret_cast<decltype(&psa_sign_hash)>(::dlsym(RTLD_NEXT, "psa_sign_hash"));
  const psa_status_t status =
      sign(key, algorithm, hash, hash_length, signature, signature_size, signature_length);
  if (is_faulty) signature[40] ^= 1;
  return status;
}

TEST_CASE("a signature that a fault has spoiled never leaves") {
  const host::sign::SigningKey key = host::sign::generate_key(CoseAlgorithm::es256);
  const Bytes message = test::random_bytes(60, 1);
  is_faulty = true;
  CHECK_THROWS_AS((void)host::sign::sign_message(key, view(message)), host::Error);
  is_faulty = false;
  CHECK(host::sign::sign_message(key, view(message)).size() == 64);
}

TEST_CASE("what is signed may be longer than any manifest: a log's entry") {
  const Bytes message = test::random_bytes(300000, 1);
  for (const CoseAlgorithm algorithm : {CoseAlgorithm::es256, CoseAlgorithm::eddsa}) {
    const host::sign::SigningKey key = host::sign::generate_key(algorithm);
    const host::sign::VerificationKey verification = host::sign::verification_key_of(key);
    Bytes signature(64);
    CHECK_NOTHROW(signature = host::sign::sign_message(key, view(message)));
    CHECK(host::sign::verify_message(verification, view(message), view(signature)) == Status::ok);
    signature[3] ^= 1;
    CHECK(host::sign::verify_message(verification, view(message), view(signature)) == Status::bad_signature);
  }
}

TEST_CASE("what a key signs its verification key accepts, and nothing else does") {
  const Bytes manifest = test::random_bytes(60, 1);
  for (const CoseAlgorithm algorithm :
       {CoseAlgorithm::es256, CoseAlgorithm::eddsa, CoseAlgorithm::hmac_sha256, CoseAlgorithm::aes_cmac}) {
    CAPTURE(host::sign::name_of(algorithm));
    const host::sign::SigningKey key = host::sign::generate_key(algorithm);
    const host::sign::SigningKey other = host::sign::generate_key(algorithm);
    const Bytes message = host::sign::bytes_to_sign(algorithm, view(manifest));
    const Bytes signature = host::sign::sign_message(key, view(message));
    const auto verified = [&](const host::sign::SigningKey& signer, const Bytes& of) {
      const Bytes of_message = host::sign::bytes_to_sign(algorithm, view(of));
      return host::sign::verify_message(host::sign::verification_key_of(signer), view(of_message),
                                        view(signature));
    };
    CHECK(verified(key, manifest) == Status::ok);
    CHECK(verified(other, manifest) == Status::bad_signature);
    Bytes changed = manifest;
    changed[30] ^= 1;
    CHECK(verified(key, changed) == Status::bad_signature);
    CHECK(host::sign::sign_message(key, view(message)) == host::sign::sign_message(key, view(message)));
  }
}

TEST_CASE("a signature has as many bytes as its algorithm gives, whoever made it") {
  const std::pair<CoseAlgorithm, std::size_t> sizes[] = {
      {CoseAlgorithm::eddsa, 64}, {CoseAlgorithm::hmac_sha256, 32}, {CoseAlgorithm::aes_cmac, 16}};
  for (const auto& [algorithm, length] : sizes) {
    const std::size_t size = length;  // what is printed where a check fails is no binding
    CAPTURE(size);
    const Bytes whole = test::random_bytes(size, 1);
    CHECK(host::sign::raw_signature(algorithm, view(whole)) == whole);
    for (const std::size_t wrong : {std::size_t{0}, size - 1, size + 1})
      CHECK_THROWS_AS((void)host::sign::raw_signature(algorithm, view(Bytes(wrong))), host::Error);
  }
  CHECK_THROWS_WITH_AS((void)host::sign::raw_signature(CoseAlgorithm::eddsa, view(Bytes(63))),
                       "the signature has 63 bytes; ed25519 gives 64", host::Error);
}
