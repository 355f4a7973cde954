// SPDX-License-Identifier: Apache-2.0
#include "sign/signer.hpp"

#include <doctest/doctest.h>

#include <utility>

#include "base/error.hpp"
#include "sign/cose_writer.hpp"
#include "support/bytes.hpp"

using namespace tmd;
using test::Bytes;
using test::view;

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
