// SPDX-License-Identifier: Apache-2.0
#include "tmd/auth/psa/psa_key.hpp"

#include <doctest/doctest.h>

#include "support/bytes.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

constexpr psa_algorithm_t kEcb = PSA_ALG_ECB_NO_PADDING;

psa_status_t open_aes(PsaKey& key, const Bytes& material, std::uint32_t stored = 0) {
  return key.open(view(material), stored, PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT, kEcb);
}

/// Whether the key store has it: what was destroyed can't be used any more.
bool is_there(psa_key_id_t key) {
  const Bytes block(16);
  Bytes out(16);
  std::size_t length = 0;
  return psa_cipher_encrypt(key, kEcb, block.data(), block.size(), out.data(), out.size(), &length) ==
         PSA_SUCCESS;
}

}  // namespace

TEST_CASE("a key of given bytes is destroyed when it is not needed any more") {
  REQUIRE(psa_crypto_init() == PSA_SUCCESS);
  psa_key_id_t first = 0, second = 0;
  {
    PsaKey key;
    CHECK(key.id() == 0);
    REQUIRE(open_aes(key, random_bytes(16, 1)) == PSA_SUCCESS);
    first = key.id();
    CHECK(is_there(first));
    // Another one takes its place.
    REQUIRE(open_aes(key, random_bytes(16, 2)) == PSA_SUCCESS);
    second = key.id();
    CHECK(is_there(second));
    if (second != first) CHECK_FALSE(is_there(first));
  }
  CHECK_FALSE(is_there(first));
  CHECK_FALSE(is_there(second));
}

TEST_CASE("a key of the key store is used, and left there") {
  REQUIRE(psa_crypto_init() == PSA_SUCCESS);
  PsaKey owner;
  REQUIRE(open_aes(owner, random_bytes(16, 3)) == PSA_SUCCESS);
  {
    PsaKey key;
    REQUIRE(open_aes(key, {}, owner.id()) == PSA_SUCCESS);
    CHECK(key.id() == owner.id());
    key.reset();
    CHECK(key.id() == 0);
  }
  CHECK(is_there(owner.id()));
}

TEST_CASE("bytes that are no key are refused, and no earlier one stays") {
  REQUIRE(psa_crypto_init() == PSA_SUCCESS);
  PsaKey key;
  REQUIRE(open_aes(key, random_bytes(16, 4)) == PSA_SUCCESS);
  CHECK(open_aes(key, random_bytes(15, 5)) != PSA_SUCCESS);
  CHECK_FALSE(is_there(key.id()));
  CHECK(open_aes(key, {}) != PSA_SUCCESS);
  CHECK_FALSE(is_there(key.id()));
}
