// SPDX-License-Identifier: Apache-2.0
#include "tmd/auth/psa/psa_aes_ctr.hpp"

#include <doctest/doctest.h>

#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {
// NIST SP 800-38A, F.5.1 and F.5.2, CTR-AES128.
const Bytes kCtrKey = hex("2b7e151628aed2a6abf7158809cf4f3c");
const Bytes kCtrEntry = hex("01 f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
const Bytes kCtrPlain =
    hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
const Bytes kCtrCipher =
    hex("874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
        "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee");
}  // namespace

TEST_CASE("AES-CTR decrypts NIST SP 800-38A, F.5.2, from any offset and in any pieces") {
  REQUIRE(psa_crypto_init() == PSA_SUCCESS);
  const CipherKey keys[] = {{{}, view(kCtrKey)}};
  PsaAesCtr cipher(keys);
  REQUIRE(cipher.begin(view(kCtrEntry)) == Status::ok);
  for (std::uint32_t start = 0; start < kCtrCipher.size(); ++start) {
    for (std::uint32_t step : {1U, 7U, 16U, 33U, 64U}) {
      Bytes bytes(kCtrCipher.begin() + start, kCtrCipher.end());
      for (std::uint32_t at = 0; at < bytes.size(); at += step) {
        REQUIRE(cipher.decrypt(start + at, MutableBytes(bytes.data(), bytes.size()).slice(at, step)) ==
                Status::ok);
      }
      CHECK(bytes == Bytes(kCtrPlain.begin() + start, kCtrPlain.end()));
    }
  }
}

TEST_CASE("the counter block carries over all 16 bytes and counts to the last block of a 4 GiB body") {
  std::uint8_t block[16] = {};
  counter_block_at(view(Bytes(16, 0xFF)), 16, MutableBytes(block));
  CHECK(Bytes(block, block + 16) == Bytes(16, 0));
  counter_block_at(view(hex("000000000000000000000000FFFFFFFF")), 0xFFFFFFFF, MutableBytes(block));
  CHECK(Bytes(block, block + 16) == hex("0000000000000000000000010FFFFFFE"));
}

TEST_CASE("a cipher entry is refused in its own way") {
  REQUIRE(psa_crypto_init() == PSA_SUCCESS);
  const Bytes name = text("body");
  const CipherKey keys[] = {{view(name), view(kCtrKey)}};
  PsaAesCtr cipher(keys);
  Bytes byte(1);
  CHECK(cipher.decrypt(0, MutableBytes(byte.data(), 1)) == Status::wrong_state);
  CHECK(cipher.begin(view(join({kCtrEntry, name}))) == Status::ok);
  CHECK(cipher.begin(view(kCtrEntry)) == Status::cipher_failure);
  CHECK(cipher.decrypt(0, MutableBytes(byte.data(), 1)) == Status::wrong_state);
  CHECK(cipher.begin({}) == Status::malformed_manifest);
  CHECK(cipher.begin(view(kCtrEntry).first(16)) == Status::malformed_manifest);
  CHECK(cipher.begin(view(join({kCtrEntry, Bytes(33, 1)}))) == Status::malformed_manifest);
  Bytes other = kCtrEntry;
  other[0] = 2;
  CHECK(cipher.begin(view(other)) == Status::unsupported_algorithm);
  const Bytes wrong_size(15, 1);
  const CipherKey wrong_keys[] = {{{}, view(wrong_size)}};
  PsaAesCtr unusable(wrong_keys);
  CHECK(unusable.begin(view(kCtrEntry)) == Status::cipher_failure);
  NoCipher none;
  CHECK(none.begin(view(kCtrEntry)) == Status::unsupported_algorithm);
}
