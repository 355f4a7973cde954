// SPDX-License-Identifier: Apache-2.0
#include "tmd/auth/psa/psa_mac.hpp"

#include <doctest/doctest.h>

#include "device/auth/psa/published_vectors.hpp"
#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("AES-CMAC gives the tags of RFC 4493, section 4") {
  const Bytes key = hex("2b7e151628aed2a6abf7158809cf4f3c");
  const Bytes message =
      hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
          "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
  const auto first = [&](std::ptrdiff_t length) { return Bytes(message.begin(), message.begin() + length); };
  check_vector<PsaAesCmac>({"example 1", key, first(0), hex("bb1d6929e95937287fa37d129b756746")});
  check_vector<PsaAesCmac>({"example 2", key, first(16), hex("070a16b46b4d4144f79bdd9dd04a287c")});
  check_vector<PsaAesCmac>({"example 3", key, first(40), hex("dfa66747de9ae63030ca32611497c827")});
  check_vector<PsaAesCmac>({"example 4", key, first(64), hex("51f0bebf7e3b9d92fc49741779363cfe")});
}

TEST_CASE("HMAC-SHA-256 gives the tags of RFC 4231") {
  check_vector<PsaHmacSha256>({"section 4.2", Bytes(20, 0x0b), text("Hi There"),
                               hex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")});
  check_vector<PsaHmacSha256>({"section 4.3", text("Jefe"), text("what do ya want for nothing?"),
                               hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")});
  check_vector<PsaHmacSha256>({"section 4.4", Bytes(20, 0xaa), Bytes(50, 0xdd),
                               hex("773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe")});
}

TEST_CASE("HMAC-SHA-256 gives a tag of NIST CAVP") {
  // NIST CAVP, hmactestvectors.zip, HMAC.rsp, section [L=32], count 30.
  check_vector<PsaHmacSha256>(
      {"CAVP HMAC [L=32] 30",
       hex("9779d9120642797f1747025d5b22b7ac607cab08e1758f2f3a46c8be1e25c53b8c6a8f58ffefa176"),
       hex("b1689c2591eaf3c9e66070f8a77954ffb81749f1b00346f9dfe0b2ee905dcc288baf4a92de3f4001dd9f44c468c3d07d6"
           "c6ee82f"
           "aceafc97c2fc0fc0601719d2dcd0aa2aec92d1b0ae933c65eb06a03c9c935c2bad0459810241347ab87e9f11adb304154"
           "24c6c7f"
           "5f22a003b8ab8de54f6ded0e3ab9245fa79568451dfa258e"),
       hex("769f00d3e6a6cc1fb426a14a4f76c6462e6149726e0dee0ec0cf97a16605ac8b")});
}
