// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include "support/hex.hpp"
#include "tmd/auth/psa/psa_aes_xts.hpp"

namespace tmd::test {

/// The keys of IEEE 1619's vectors 4 and 5.
inline const Bytes kXtsKeys = hex("27182818284590452353602874713526 31415926535897932384626433832795");

struct OpenXts : PsaAesXts {
  explicit OpenXts(const Bytes& keys = kXtsKeys) {
    REQUIRE(psa_crypto_init() == PSA_SUCCESS);
    REQUIRE(open(view(keys)) == Status::ok);
  }
};

inline Bytes encrypted(PsaAesXts& cipher, std::uint32_t address, Bytes bytes) {
  REQUIRE(cipher.encrypt(address, MutableBytes(bytes.data(), bytes.size())) == Status::ok);
  return bytes;
}
inline Bytes decrypted(PsaAesXts& cipher, std::uint32_t address, Bytes bytes) {
  REQUIRE(cipher.decrypt(address, MutableBytes(bytes.data(), bytes.size())) == Status::ok);
  return bytes;
}

}  // namespace tmd::test
