// SPDX-License-Identifier: Apache-2.0
#include "tmd/auth/psa/psa_aes_xts.hpp"

#include <doctest/doctest.h>
#include <mbedtls/aes.h>

#include "device/auth/psa/open_xts.hpp"
#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// One data unit by Mbed TLS' own XTS.
Bytes by_mbedtls(const Bytes& keys, std::uint32_t number, const Bytes& unit) {
  mbedtls_aes_xts_context context;
  mbedtls_aes_xts_init(&context);
  REQUIRE(mbedtls_aes_xts_setkey_enc(&context, keys.data(), static_cast<unsigned>(keys.size() * 8)) == 0);
  std::uint8_t tweak[16] = {};
  store_le32(tweak, number);
  Bytes out(unit.size());
  REQUIRE(mbedtls_aes_crypt_xts(&context, MBEDTLS_AES_ENCRYPT, unit.size(), tweak, unit.data(), out.data()) ==
          0);
  mbedtls_aes_xts_free(&context);
  return out;
}

Bytes counting(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}
Bytes head(const Bytes& bytes, std::size_t size) {
  return Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
}

}  // namespace

TEST_CASE("XTS gives the vectors 4 and 5 of IEEE 1619") {
  OpenXts cipher;
  const Bytes fourth = encrypted(cipher, 0, counting(512));
  CHECK(head(fourth, 32) == hex("27a7479befa1d476489f308cd4cfa6e2a96e4bbe3208ff25287dd3819616e89c"));
  const Bytes fifth = encrypted(cipher, 512, fourth);
  CHECK(head(fifth, 16) == hex("264d3ca8512194fec312c8c9891f279f"));
  CHECK(decrypted(cipher, 512, fifth) == fourth);
  CHECK(decrypted(cipher, 0, fourth) == counting(512));
}

TEST_CASE(
    "XTS agrees with Mbed TLS' own over many units, in pieces from any block on, with both key lengths") {
  for (const std::size_t key_size : {32U, 64U}) {
    const Bytes keys = random_bytes(key_size, 5);
    OpenXts cipher(keys);
    const Bytes plain = random_bytes(4 * 512, 6);
    constexpr std::uint32_t kStart = 0x7FFFFC00;
    Bytes expected;
    for (std::uint32_t unit = 0; unit < 4; ++unit) {
      const Bytes part(plain.begin() + unit * 512, plain.begin() + (unit + 1) * 512);
      const Bytes by_unit = by_mbedtls(keys, kStart / 512 + unit, part);
      expected.insert(expected.end(), by_unit.begin(), by_unit.end());
    }
    CHECK(encrypted(cipher, kStart, plain) == expected);
    for (std::size_t from = 0; from < plain.size(); from += 16 * 7) {
      for (std::size_t size : {16U, 48U, 528U}) {
        if (from + size > plain.size()) continue;
        const auto at = static_cast<std::ptrdiff_t>(from), end = static_cast<std::ptrdiff_t>(from + size);
        CHECK(encrypted(cipher, kStart + static_cast<std::uint32_t>(from),
                        Bytes(plain.begin() + at, plain.begin() + end)) ==
              Bytes(expected.begin() + at, expected.begin() + end));
      }
    }
  }
}

TEST_CASE("keys that XTS must not have, and use without any, are refused") {
  REQUIRE(psa_crypto_init() == PSA_SUCCESS);
  PsaAesXts cipher;
  Bytes block(16);
  const MutableBytes bytes(block.data(), block.size());
  CHECK(cipher.encrypt(0, bytes) == Status::wrong_state);
  CHECK(cipher.open(view(Bytes(32, 7))) == Status::cipher_failure);  // both halves equal
  CHECK(cipher.open(view(random_bytes(48, 1))) == Status::cipher_failure);
  CHECK(cipher.open({}) == Status::cipher_failure);
  CHECK(cipher.open(5, 5) == Status::cipher_failure);
  CHECK(cipher.decrypt(0, bytes) == Status::wrong_state);
  CHECK(cipher.open(view(kXtsKeys)) == Status::ok);
  CHECK(cipher.encrypt(8, bytes) == Status::cipher_failure);
  CHECK(cipher.encrypt(0, bytes.first(15)) == Status::cipher_failure);
}
