// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/auth/cose.hpp"

#include <doctest/doctest.h>
#include <psa/crypto.h>

#include "sign/cose_writer.hpp"
#include "sign/sodium_ed25519.hpp"
#include "support/hex.hpp"
#include "tmd/auth/authentication.hpp"
#include "tmd/auth/psa/psa_es256.hpp"
#include "tmd/auth/psa/psa_mac.hpp"

using tmd::CborReader;
using tmd::CoseAlgorithm;
using tmd::CoseMessage;
using tmd::Status;
using tmd::TrustedKey;
using tmd::test::Bytes;
using tmd::test::hex;
using tmd::test::join;
using tmd::test::text;
using tmd::test::view;

namespace {

using EveryCoseVerifier =
    tmd::Verifiers<tmd::PsaEs256, tmd::host::sign::SodiumEd25519<256>, tmd::PsaHmacSha256, tmd::PsaAesCmac>;
using Authentication = tmd::CoseAuthentication<EveryCoseVerifier>;

// The keys and the content of the examples of the COSE working group (github.com/cose-wg/Examples).
const Bytes kContent = text("This is the content.");
const Bytes kIdentifier11 = text("11");
const Bytes kPoint11 =
    hex("04 BAC5B11CAD8F99F9C72B05CF4B9E26D244DC189F745228255A219A86D6A09EFF"
        "20138BF82DC1B6D562BE0FA54AB7804A3A64B6D72CCFED6B6FB6ED28BBFC117E");
const Bytes kEd25519 = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
const Bytes kHmacSecret = hex("849B57219DAE48DE646D07DBB533566E976686457C1491BE3A76DCEA6C427188");

const TrustedKey kKeys[] = {{0, CoseAlgorithm::es256, view(kIdentifier11), view(kPoint11)},
                            {1, CoseAlgorithm::eddsa, view(kIdentifier11), view(kEd25519)},
                            {2, CoseAlgorithm::hmac_sha256, {}, view(kHmacSecret)}};

template <class Policy>
Status verify(Policy& policy, const Bytes& payload, const Bytes& block) {
  tmd::AllDigests digests;
  return policy.verify(tmd::ManifestToVerify{view(payload), view(block), {}}, digests);
}

Status check(const Bytes& block, const Bytes& payload = kContent) {
  REQUIRE(psa_crypto_init() == PSA_SUCCESS);
  Authentication authentication(kKeys);
  return verify(authentication, payload, block);
}

// The examples carry the content within; with the content detached, null stands in its place (RFC 9052,
// section 2).
const Bytes kEcdsaSig01 =
    hex("D284 45A201260300 A1044231 31 F6 5840"
        "EAE868ECC176883766C5DC5BA5B8DCA25DAB3C2E56A551CE5705B793914348E1"
        "72727F48461FABBBA2E343492DDECAC3983686250BC68E9F1A7A07D41225B59F");
const Bytes kEddsaSig01 =
    hex("D284 45A201270300 A104423131 F6 5840"
        "7142FD2FF96D56DB85BEE905A76BA1D0B7321A95C8C4D3607C5781932B7AFB87"
        "11497DFA751BF40B58B3BCC32300B1487F3DB34085EEF013BF08F4A44D6FEF0D");
const Bytes kHmac01 =
    hex("D184 43A10105 A0 F6 5820 A1A848D3471F9D61EE49018D244C824772F223AD4F935293F1789FC3A08D8C58");
// RFC 8152, appendix C.2.1.
const Bytes kRfc8152Sign1 =
    hex("D284 43A10126 A104423131 F6 5840"
        "8EB33E4CA31D1C465AB05AAC34CC6B23D58FEF5C083106C4D25A91AEF0B0117E"
        "2AF9A291AA32E14AB834DC56ED2A223444547E01F11D3B0916E5A4C345CACB36");

}  // namespace

TEST_CASE("the examples of the COSE working group verify, their content detached") {
  CHECK(check(kEcdsaSig01) == Status::ok);  // ecdsa-examples/ecdsa-sig-01.json
  CHECK(check(kEddsaSig01) == Status::ok);  // eddsa-examples/eddsa-sig-01.json
  CHECK(check(kHmac01) == Status::ok);      // mac0-tests/HMac-01.json
  CHECK(check(kRfc8152Sign1) == Status::ok);
}

TEST_CASE("the failing examples of the COSE working group fail") {
  const Bytes signature =
      hex("EAE868ECC176883766C5DC5BA5B8DCA25DAB3C2E56A551CE5705B793914348E1"
          "9F43D6C6BA654472DA301B645B293C9BA939295B97C4BDB847782BFF384C5794");
  const Bytes head = hex("D284 43A10126 A104423131 F6 5840");
  CHECK(check(join({head, signature})) == Status::ok);
  // As sign1-tests/sign-fail-01.json: another tag.
  CHECK(check(join({hex("D903E684 43A10126 A104423131 F6 5840"), signature})) == Status::malformed_signature);
  // sign1-tests/sign-fail-02.json: content changed.
  CHECK(check(join({head, signature}), text("This is the content/")) == Status::bad_signature);
  // As sign1-tests/sign-fail-03.json: an unknown algorithm, -999.
  CHECK(check(join({hex("D284 45A1013903E6 A104423131 F6 5840"), signature})) ==
        Status::unsupported_algorithm);
  // As sign1-tests/sign-fail-06.json: a protected header was added.
  CHECK(check(join({hex("D284 45A201260300 A104423131 F6 5840"), signature})) == Status::bad_signature);
  // As sign1-tests/sign-fail-07.json: a protected header was taken away.
  CHECK(check(join({hex("D284 43A10126 A104423131 F6 5840"),
                    Bytes(kEcdsaSig01.end() - 64, kEcdsaSig01.end())})) == Status::bad_signature);
  // sign1-tests/sign-pass-01.json has its algorithm unprotected, which we do not take.
  CHECK(check(join({hex("D284 41A0 A20126 04423131 F6 5840"), signature})) == Status::malformed_signature);
  // sign1-tests/sign-pass-02.json covers external data, of which a patch has none.
  CHECK(check(join({head, hex("EAE868ECC176883766C5DC5BA5B8DCA25DAB3C2E56A551CE5705B793914348E1"
                              "55388B10C4F1B59A6733EAB416870A945111A4B2FBDBEF33A77234B1DEFF2F9B")})) ==
        Status::bad_signature);
}

TEST_CASE("the signed bytes are those that the working group prints") {
  const auto manifest = view(kContent);
  CHECK(tmd::host::sign::bytes_to_sign(CoseAlgorithm::es256, manifest) ==
        hex("846A5369676E61747572653143A101264054546869732069732074686520636F6E74656E742E"));
  CHECK(tmd::host::sign::bytes_to_sign(CoseAlgorithm::hmac_sha256, manifest) ==
        hex("84644D41433043A101054054546869732069732074686520636F6E74656E742E"));
}

TEST_CASE("the head of the payload is the shortest at every length where it changes") {
  const struct {
    std::size_t length;
    const char* head;
  } kCases[] = {{0, "40"},       {23, "57"},        {24, "5818"},         {255, "58FF"},
                {256, "590100"}, {65535, "59FFFF"}, {65536, "5A00010000"}};
  for (const auto& expected : kCases) {
    const Bytes payload(expected.length, 0xAB);
    const Bytes bytes = tmd::host::sign::bytes_to_sign(CoseAlgorithm::es256, view(payload));
    CHECK(bytes == join({hex("846A5369676E61747572653143A1012640"), hex(expected.head), payload}));
  }
}

TEST_CASE("what the host writes the device reads, for every algorithm and length of identifier") {
  for (const CoseAlgorithm algorithm :
       {CoseAlgorithm::es256, CoseAlgorithm::eddsa, CoseAlgorithm::hmac_sha256, CoseAlgorithm::aes_cmac}) {
    for (std::size_t length : {0U, 1U, 4U, 23U, 24U, 255U, 256U}) {
      const Bytes identifier(length, 7), signature(64, 9);
      const Bytes block = tmd::host::sign::write_cose(algorithm, view(identifier), view(signature));
      CoseMessage message;
      REQUIRE(tmd::parse_cose(view(block), message) == Status::ok);
      CHECK(message.algorithm == static_cast<std::int32_t>(algorithm));
      CHECK(tmd::equal_bytes(message.key_identifier, view(identifier)));
      CHECK(tmd::equal_bytes(message.signature, view(signature)));
      for (std::size_t cut = 0; cut < block.size(); ++cut) {
        CHECK(tmd::parse_cose(view(block).first(cut), message) == Status::malformed_signature);
      }
      CHECK(tmd::parse_cose(view(join({block, hex("00")})), message) == Status::malformed_signature);
    }
  }
}

TEST_CASE("every other spelling of a COSE structure is refused") {
  const struct {
    const char* what;
    const char* block;
  } kCases[] = {{"no tag", "84 43A10126 A0 F6 4101"},
                {"a tag in two bytes", "D812 84 43A10126 A0 F6 4101"},
                {"three elements", "D2 83 43A10126 A0 F6"},
                {"five elements", "D2 85 43A10126 A0 F6 4101 4101"},
                {"an array of indefinite length", "D2 9F 43A10126 A0 F6 4101 FF"},
                {"a content that is there", "D2 84 43A10126 A0 41 00 4101"},
                {"undefined for the content", "D2 84 43A10126 A0 F7 4101"},
                {"bytes after the signature", "D2 84 43A10126 A0 F6 4101 00"},
                {"an algorithm in both headers", "D2 84 43A10126 A10127 F6 4101"},
                {"no algorithm", "D2 84 41A0 A0 F6 4101"},
                {"an empty protected header", "D2 84 40 A0 F6 4101"},
                {"an algorithm of 0", "D2 84 43A10100 A0 F6 4101"},
                {"an algorithm twice", "D2 84 45A201260126 A0 F6 4101"},
                {"an algorithm as text", "D2 84 47A101654553323536 A0 F6 4101"},
                {"headers out of order", "D2 84 45A203000126 A0 F6 4101"},
                {"a critical header", "D2 84 46A2012602 8104 A0 F6 4101"},
                {"an unknown protected header", "D2 84 45A201260700 A0 F6 4101"},
                {"an unknown unprotected header", "D2 84 43A10126 A10540 F6 4101"},
                {"an identifier twice", "D2 84 46A201260441AA A10441AA F6 4101"},
                {"an empty identifier", "D2 84 43A10126 A10440 F6 4101"},
                {"an identifier of indefinite length", "D2 84 43A10126 A1045F41AAFF F6 4101"},
                {"a map of indefinite length", "D2 84 43A10126 BF0441AAFF F6 4101"},
                {"bytes after the protected map", "D2 84 44A1012600 A0 F6 4101"},
                {"a protected map cut short", "D2 84 42A101 A0 F6 4101"},
                {"a length spelled too long", "D2 84 43A10126 A0 F6 580101"},
                {"a label spelled too long", "D2 84 44A1180126 A0 F6 4101"},
                {"a length of 2^31", "D2 84 43A10126 A0 F6 5A80000000"},
                {"a length of 64 bits", "D2 84 43A10126 A0 F6 5B000000000000000101"},
                {"a reserved length", "D2 84 43A10126 A0 F6 5C01"},
                {"a map of 2^31 - 1 entries", "D2 84 43A10126 BA7FFFFFFF F6 4101"},
                {"nothing", ""}};
  CoseMessage message;
  REQUIRE(tmd::parse_cose(view(hex("D2 84 43A10126 A0 F6 4101")), message) == Status::ok);
  REQUIRE(tmd::parse_cose(view(hex("D2 84 46A201260441AA A0 F6 4101")), message) == Status::ok);
  for (const auto& refused : kCases) {
    CAPTURE(refused.what);
    CHECK(tmd::parse_cose(view(hex(refused.block)), message) == Status::malformed_signature);
  }
}

TEST_CASE(
    "every flipped bit of an authentication block is refused, and never as another algorithm's signature") {
  for (const Bytes& block : {kRfc8152Sign1, kEddsaSig01, kHmac01}) {
    for (std::size_t bit = 0; bit < block.size() * 8; ++bit) {
      CAPTURE(bit);
      Bytes damaged = block;
      damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1U << (bit % 8)));
      const Status status = check(damaged);
      const bool refused = status == Status::malformed_signature || status == Status::bad_signature ||
                           status == Status::unknown_key || status == Status::unsupported_algorithm;
      CHECK(refused);
    }
  }
}

TEST_CASE("a public key never serves as a MAC secret") {
  // The classic substitution: a MAC computed with the public point as its secret, under the point's
  // identifier.
  const Bytes message = tmd::host::sign::bytes_to_sign(CoseAlgorithm::hmac_sha256, view(kContent));
  Bytes tag(32);
  {
    tmd::PsaKey key;
    std::size_t length = 0;
    const psa_algorithm_t hmac = PSA_ALG_HMAC(PSA_ALG_SHA_256);
    REQUIRE(psa_crypto_init() == PSA_SUCCESS);
    REQUIRE(key.open(view(kPoint11), 0, PSA_KEY_TYPE_HMAC, PSA_KEY_USAGE_SIGN_MESSAGE, hmac) == PSA_SUCCESS);
    REQUIRE(psa_mac_compute(key.id(), hmac, message.data(), message.size(), tag.data(), tag.size(),
                            &length) == PSA_SUCCESS);
  }
  CHECK(check(tmd::host::sign::write_cose(CoseAlgorithm::hmac_sha256, view(kIdentifier11), view(tag))) ==
        Status::unknown_key);
}

TEST_CASE("a MAC block with a signature's algorithm, and the other way round, is unsupported") {
  CHECK(check(hex("D1 84 43A10126 A104423131 F6 4101")) == Status::unsupported_algorithm);
  CHECK(check(hex("D2 84 43A10105 A0 F6 4101")) == Status::unsupported_algorithm);
}

TEST_CASE("firmware takes only the algorithms it lists") {
  tmd::CoseAuthentication<tmd::Verifiers<tmd::PsaEs256>> authentication(kKeys);
  REQUIRE(psa_crypto_init() == PSA_SUCCESS);
  CHECK(verify(authentication, kContent, kRfc8152Sign1) == Status::ok);
  CHECK(verify(authentication, kContent, kEddsaSig01) == Status::unsupported_algorithm);
  CHECK(verify(authentication, kContent, kHmac01) == Status::unsupported_algorithm);
}

TEST_CASE("a key that is not trusted is told from a signature that is wrong") {
  const Bytes other = text("12");
  const Bytes signature(kRfc8152Sign1.end() - 64, kRfc8152Sign1.end());
  CHECK(check(tmd::host::sign::write_cose(CoseAlgorithm::es256, view(other), view(signature))) ==
        Status::unknown_key);
  CHECK(check(tmd::host::sign::write_cose(CoseAlgorithm::es256, {}, view(signature))) == Status::unknown_key);
  CHECK(check(tmd::host::sign::write_cose(CoseAlgorithm::es256, view(kIdentifier11), view(Bytes(64, 1)))) ==
        Status::bad_signature);
}

TEST_CASE("AllowUnsigned says what it cannot check, IgnoreSignatures looks away, VerifyIfSigned checks") {
  REQUIRE(psa_crypto_init() == PSA_SUCCESS);
  tmd::AllowUnsigned unsigned_only;
  CHECK(verify(unsigned_only, kContent, kRfc8152Sign1) == Status::unsupported_algorithm);
  tmd::IgnoreSignatures ignoring;
  CHECK(verify(ignoring, kContent, kRfc8152Sign1) == Status::ok);
  tmd::VerifyIfSigned<Authentication> lenient(kKeys);
  CHECK(verify(lenient, kContent, kRfc8152Sign1) == Status::ok);
  CHECK(verify(lenient, kIdentifier11, kRfc8152Sign1) == Status::bad_signature);
  CHECK(tmd::AllowUnsigned::kAllowsUnsigned);
  CHECK(tmd::VerifyIfSigned<Authentication>::kAllowsUnsigned);
  CHECK(!Authentication::kAllowsUnsigned);
}
