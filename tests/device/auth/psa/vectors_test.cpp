// SPDX-License-Identifier: Apache-2.0
// Published vectors for each algorithm, through the same verifier policies that a device uses.
#include <doctest/doctest.h>
#include <psa/crypto.h>

#include "sign/sodium_ed25519.hpp"
#include "support/hex.hpp"
#include "tmd/auth/psa/psa_aes_ctr.hpp"
#include "tmd/auth/psa/psa_es256.hpp"
#include "tmd/auth/psa/psa_mac.hpp"
#include "tmd/auth/verifier.hpp"
#include "tmd/digest/digests.hpp"

using tmd::BytePieces;
using tmd::CoseAlgorithm;
using tmd::Status;
using tmd::TrustedKey;
using tmd::test::Bytes;
using tmd::test::hex;
using tmd::test::join;
using tmd::test::text;
using tmd::test::view;

namespace {

struct Vector {
  const char* source;
  Bytes key;
  Bytes message;
  Bytes signature;
};

/// Verifies the message cut at `cut`, so that every vector also shows that pieces and whole give the same.
template <class Verifier>
Status verify_in_pieces(const Vector& vector, std::size_t cut, const Bytes& signature) {
  BytePieces pieces;
  pieces.add(view(vector.message).first(cut));
  pieces.add(view(vector.message).from(cut));
  tmd::Verifiers<Verifier> verifier;
  tmd::AllDigests digests;
  return verifier.verify(TrustedKey{0, Verifier::kAlgorithm, {}, view(vector.key)}, pieces, view(signature),
                         digests);
}

/// Every bit of the signature is flipped, or every `step`th.
template <class Verifier>
void check_vector(const Vector& vector, std::size_t step = 1) {
  CAPTURE(vector.source);
  REQUIRE(psa_crypto_init() == PSA_SUCCESS);
  for (std::size_t cut = 0; cut <= vector.message.size(); ++cut) {
    CAPTURE(cut);
    CHECK(verify_in_pieces<Verifier>(vector, cut, vector.signature) == Status::ok);
  }
  for (std::size_t bit = 0; bit < vector.signature.size() * 8; bit += step) {
    Bytes damaged = vector.signature;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1U << (bit % 8)));
    CAPTURE(bit);
    CHECK(verify_in_pieces<Verifier>(vector, 0, damaged) == Status::bad_signature);
  }
  for (std::size_t length = 0; length < vector.signature.size(); ++length) {
    const Bytes shortened(vector.signature.begin(),
                          vector.signature.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK(verify_in_pieces<Verifier>(vector, 0, shortened) == Status::bad_signature);
  }
}

}  // namespace

TEST_CASE("AES-CMAC gives the tags of RFC 4493, section 4") {
  const Bytes key = hex("2b7e151628aed2a6abf7158809cf4f3c");
  const Bytes message =
      hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
          "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
  const auto first = [&](std::ptrdiff_t length) { return Bytes(message.begin(), message.begin() + length); };
  check_vector<tmd::PsaAesCmac>({"example 1", key, first(0), hex("bb1d6929e95937287fa37d129b756746")});
  check_vector<tmd::PsaAesCmac>({"example 2", key, first(16), hex("070a16b46b4d4144f79bdd9dd04a287c")});
  check_vector<tmd::PsaAesCmac>({"example 3", key, first(40), hex("dfa66747de9ae63030ca32611497c827")});
  check_vector<tmd::PsaAesCmac>({"example 4", key, first(64), hex("51f0bebf7e3b9d92fc49741779363cfe")});
}

TEST_CASE("HMAC-SHA-256 gives the tags of RFC 4231") {
  check_vector<tmd::PsaHmacSha256>({"section 4.2", Bytes(20, 0x0b), text("Hi There"),
                                    hex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")});
  check_vector<tmd::PsaHmacSha256>({"section 4.3", text("Jefe"), text("what do ya want for nothing?"),
                                    hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")});
  check_vector<tmd::PsaHmacSha256>({"section 4.4", Bytes(20, 0xaa), Bytes(50, 0xdd),
                                    hex("773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe")});
}

TEST_CASE("HMAC-SHA-256 gives a tag of NIST CAVP") {
  // NIST CAVP, hmactestvectors.zip, HMAC.rsp, section [L=32], count 30.
  check_vector<tmd::PsaHmacSha256>(
      {"CAVP HMAC [L=32] 30",
       hex("9779d9120642797f1747025d5b22b7ac607cab08e1758f2f3a46c8be1e25c53b8c6a8f58ffefa176"),
       hex("b1689c2591eaf3c9e66070f8a77954ffb81749f1b00346f9dfe0b2ee905dcc288baf4a92de3f4001dd9f44c468c3d07d6"
           "c6ee82f"
           "aceafc97c2fc0fc0601719d2dcd0aa2aec92d1b0ae933c65eb06a03c9c935c2bad0459810241347ab87e9f11adb304154"
           "24c6c7f"
           "5f22a003b8ab8de54f6ded0e3ab9245fa79568451dfa258e"),
       hex("769f00d3e6a6cc1fb426a14a4f76c6462e6149726e0dee0ec0cf97a16605ac8b")});
}

TEST_CASE("Ed25519 verifies the signatures of RFC 8032, section 7.1") {
  using Verifier = tmd::host::sign::SodiumEd25519<64>;
  check_vector<Verifier>(
      {"test 1",
       hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
       {},
       hex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e3970"
           "1cf9b46bd25bf5f0595bbe24655141438e7a100b")});
  check_vector<Verifier>(
      {"test 2", hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"), hex("72"),
       hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613"
           "d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")});
  check_vector<Verifier>(
      {"test 3", hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"), hex("af82"),
       hex("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760"
           "984dc6594a7c15e9716ed28dc027beceea1ec40a")});
}

TEST_CASE("Ed25519 refuses a message that is larger than its buffer") {
  tmd::host::sign::SodiumEd25519<8> verifier;
  const Bytes key(32, 1), message(9, 2), signature(64, 3);
  BytePieces pieces;
  pieces.add(view(message));
  CHECK(verifier.verify(TrustedKey{0, CoseAlgorithm::eddsa, {}, view(key)}, pieces, view(signature)) ==
        Status::manifest_too_large);
}

TEST_CASE("ES256 verifies signatures of NIST CAVP and RFC 6979") {
  // NIST CAVP, 186-3ecdsatestvectors.zip, SigGen.txt, section [P-256,SHA-256], first entry.
  check_vector<tmd::PsaEs256>({"CAVP SigGen [P-256,SHA-256] 1",
                               hex("04 1ccbe91c075fc7f4f033bfa248db8fccd3565de94bbfb12f3c59ff46c271bf83"
                                   "ce4014c68811f9a21a1fdb2c0e6113e06db7ca93b7404e78dc7ccd5ca89a4ca9"),
                               hex("5905238877c77421f73e43ee3da6f2d9e2ccad5fc942dcec0cbd25482935faaf416983fe1"
                                   "65b1a045ee2bcd2e6dca3bdf46c4310"
                                   "a7461f9a37960ca672d3feb5473e253605fb1ddfd28065b53cb5858a8ad28175bf9bd386a"
                                   "5e471ea7a65c17cc934a9d791e91491"
                                   "eb3754d03799790fe2d308d16146d5c9b0d0debd97d79ce8"),
                               hex("f3ac8061b514795b8843e3d6629527ed2afd6b1f6a555a7acabb5e6f79c8c2ac"
                                   "8bf77819ca05a6b2786c76262bf7371cef97b218e96f175a3ccdda2acc058903")});
  check_vector<tmd::PsaEs256>({"RFC 6979, A.2.5, SHA-256, message \"sample\"",
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
  const Vector vector{"", point, text("sample"), {}};
  for (const Bytes& r : {zero, one, order}) {
    for (const Bytes& s : {zero, one, order}) {
      CHECK(verify_in_pieces<tmd::PsaEs256>(vector, 0, join({r, s})) == Status::bad_signature);
    }
  }
  Bytes not_on_curve = point;
  not_on_curve.back() ^= 1;
  CHECK(verify_in_pieces<tmd::PsaEs256>({"", not_on_curve, text("sample"), {}}, 0, Bytes(64, 1)) ==
        Status::bad_signature);
}

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
  const tmd::CipherKey keys[] = {{{}, view(kCtrKey)}};
  tmd::PsaAesCtr cipher(keys);
  REQUIRE(cipher.begin(view(kCtrEntry)) == Status::ok);
  for (std::uint32_t start = 0; start < kCtrCipher.size(); ++start) {
    for (std::uint32_t step : {1U, 7U, 16U, 33U, 64U}) {
      Bytes bytes(kCtrCipher.begin() + start, kCtrCipher.end());
      for (std::uint32_t at = 0; at < bytes.size(); at += step) {
        REQUIRE(cipher.decrypt(start + at, tmd::MutableBytes(bytes.data(), bytes.size()).slice(at, step)) ==
                Status::ok);
      }
      CHECK(bytes == Bytes(kCtrPlain.begin() + start, kCtrPlain.end()));
    }
  }
}

TEST_CASE("the counter block carries over all 16 bytes and counts to the last block of a 4 GiB body") {
  std::uint8_t block[16] = {};
  tmd::counter_block_at(view(Bytes(16, 0xFF)), 16, tmd::MutableBytes(block));
  CHECK(Bytes(block, block + 16) == Bytes(16, 0));
  tmd::counter_block_at(view(hex("000000000000000000000000FFFFFFFF")), 0xFFFFFFFF, tmd::MutableBytes(block));
  CHECK(Bytes(block, block + 16) == hex("0000000000000000000000010FFFFFFE"));
}

TEST_CASE("a cipher entry is refused in its own way") {
  REQUIRE(psa_crypto_init() == PSA_SUCCESS);
  const Bytes name = text("body");
  const tmd::CipherKey keys[] = {{view(name), view(kCtrKey)}};
  tmd::PsaAesCtr cipher(keys);
  Bytes byte(1);
  CHECK(cipher.decrypt(0, tmd::MutableBytes(byte.data(), 1)) == Status::wrong_state);
  CHECK(cipher.begin(view(join({kCtrEntry, name}))) == Status::ok);
  CHECK(cipher.begin(view(kCtrEntry)) == Status::cipher_failure);
  CHECK(cipher.decrypt(0, tmd::MutableBytes(byte.data(), 1)) == Status::wrong_state);
  CHECK(cipher.begin({}) == Status::malformed_manifest);
  CHECK(cipher.begin(view(kCtrEntry).first(16)) == Status::malformed_manifest);
  CHECK(cipher.begin(view(join({kCtrEntry, Bytes(33, 1)}))) == Status::malformed_manifest);
  Bytes other = kCtrEntry;
  other[0] = 2;
  CHECK(cipher.begin(view(other)) == Status::unsupported_algorithm);
  const Bytes wrong_size(15, 1);
  const tmd::CipherKey wrong_keys[] = {{{}, view(wrong_size)}};
  tmd::PsaAesCtr unusable(wrong_keys);
  CHECK(unusable.begin(view(kCtrEntry)) == Status::cipher_failure);
  tmd::NoCipher none;
  CHECK(none.begin(view(kCtrEntry)) == Status::unsupported_algorithm);
}
