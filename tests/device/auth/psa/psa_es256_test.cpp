// SPDX-License-Identifier: Apache-2.0
#include "tmd/auth/psa/psa_es256.hpp"

#include <doctest/doctest.h>

#include "device/auth/psa/published_vectors.hpp"
#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("ES256 verifies signatures of NIST CAVP and RFC 6979") {
  // NIST CAVP, 186-3ecdsatestvectors.zip, SigGen.txt, section [P-256,SHA-256], first entry.
  check_vector<PsaEs256>({"CAVP SigGen [P-256,SHA-256] 1",
                          hex("04 1ccbe91c075fc7f4f033bfa248db8fccd3565de94bbfb12f3c59ff46c271bf83"
                              "ce4014c68811f9a21a1fdb2c0e6113e06db7ca93b7404e78dc7ccd5ca89a4ca9"),
                          hex("5905238877c77421f73e43ee3da6f2d9e2ccad5fc942dcec0cbd25482935faaf416983fe1"
                              "65b1a045ee2bcd2e6dca3bdf46c4310"
                              "a7461f9a37960ca672d3feb5473e253605fb1ddfd28065b53cb5858a8ad28175bf9bd386a"
                              "5e471ea7a65c17cc934a9d791e91491"
                              "eb3754d03799790fe2d308d16146d5c9b0d0debd97d79ce8"),
                          hex("f3ac8061b514795b8843e3d6629527ed2afd6b1f6a555a7acabb5e6f79c8c2ac"
                              "8bf77819ca05a6b2786c76262bf7371cef97b218e96f175a3ccdda2acc058903")});
  check_vector<PsaEs256>({"RFC 6979, A.2.5, SHA-256, message \"sample\"",
                          hex("04 60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
                              "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"),
                          text("sample"),
                          hex("EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
                              "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8")},
                         7);  // a bit of each byte: the vector above has had all of them
}

TEST_CASE("ES256 refuses the degenerate signatures and keys") {
  REQUIRE(psa_crypto_init() == PSA_SUCCESS);
  const Bytes point =
      hex("04 60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
          "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299");
  const Bytes zero(32, 0), one = join({Bytes(31, 0), Bytes(1, 1)});
  const Bytes order = hex("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
  const PublishedVector vector{"", point, text("sample"), {}};
  for (const Bytes& r : {zero, one, order}) {
    for (const Bytes& s : {zero, one, order}) {
      CHECK(verify_in_pieces<PsaEs256>(vector, 0, join({r, s})) == Status::bad_signature);
    }
  }
  Bytes not_on_curve = point;
  not_on_curve.back() ^= 1;
  CHECK(verify_in_pieces<PsaEs256>({"", not_on_curve, text("sample"), {}}, 0, Bytes(64, 1)) ==
        Status::bad_signature);
}

TEST_CASE("ES256 says so where the message could not be hashed, and asks nobody about the signature") {
  struct FailedDigests {
    Status begin(DigestKind) { return Status::ok; }
    void update(ConstBytes) {}
    Digest finish() { return Digest(); }
  };
  REQUIRE(psa_crypto_init() == PSA_SUCCESS);
  const Bytes key =
      hex("04 60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
          "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299");
  FailedDigests digests;
  CHECK(PsaEs256().verify(TrustedKey{0, CoseAlgorithm::es256, {}, view(key)}, BytePieces(),
                          view(Bytes(64, 1)), digests) == Status::unsupported_digest);
}
