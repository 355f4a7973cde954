// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/auth/key_thumbprint.hpp"

#include <doctest/doctest.h>

#include "support/hash_unit.hpp"
#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

Bytes thumbprint_of(CoseAlgorithm algorithm, const Bytes& material) {
  AllDigests digests;
  Digest thumbprint;
  const Status status = key_thumbprint(algorithm, view(material), digests, thumbprint);
  return status == Status::ok ? Bytes(thumbprint.bytes.begin(), thumbprint.bytes.end()) : Bytes();
}

const Bytes kKeyPoint =
    hex("04 65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d"
        "1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c");

}  // namespace

TEST_CASE("the thumbprint of the example of RFC 9679, section 6") {
  CHECK(thumbprint_of(CoseAlgorithm::es256, kKeyPoint) ==
        hex("496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec"));
}

// Computed by Python's hashlib over the encoding of {1: 1, -1: 6, -2: x} and {1: 4, -1: k}.
TEST_CASE(
    "the thumbprints of an Ed25519 key and of secrets, over the COSE_Key of their required parameters") {
  CHECK(thumbprint_of(CoseAlgorithm::eddsa,
                      hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")) ==
        hex("866eefbd6718c8846cd7ddfe43fc74ab1daac4538ff8514ea2ec2d410a415743"));
  CHECK(thumbprint_of(CoseAlgorithm::hmac_sha256,
                      hex("849B57219DAE48DE646D07DBB533566E976686457C1491BE3A76DCEA6C427188")) ==
        hex("438e1c25b3ee82245895f29c9b00ead3b307b3b8ae62c6f0a68c214abd981f64"));
  CHECK(thumbprint_of(CoseAlgorithm::aes_cmac, hex("000102030405060708090a0b0c0d0e0f")) ==
        hex("6c04a3e12a6a63f99b39da97e6c1d367005125555839627b16339bf3497fd947"));
}

TEST_CASE("what is no key of its kind has no thumbprint") {
  Bytes compressed = kKeyPoint;
  compressed[0] = 2;
  CHECK(thumbprint_of(CoseAlgorithm::es256, compressed).empty());
  CHECK(thumbprint_of(CoseAlgorithm::es256, Bytes(64, 4)).empty());
  CHECK(thumbprint_of(CoseAlgorithm::es256, {}).empty());
  CHECK(thumbprint_of(CoseAlgorithm::eddsa, Bytes(31, 1)).empty());
  CHECK(thumbprint_of(CoseAlgorithm::hmac_sha256, {}).empty());
  CHECK(thumbprint_of(CoseAlgorithm::hmac_sha256, Bytes(256, 1)).empty());
}

TEST_CASE("a thumbprint is one message of the hash unit") {
  HashUnit unit;
  HashUnitDigests digests(unit);
  Digest thumbprint;
  CHECK(key_thumbprint(CoseAlgorithm::es256, view(kKeyPoint), digests, thumbprint) == Status::ok);
  CHECK(unit.begins == 1);
  CHECK(unit.finishes == 1);
  unit.fails = true;
  CHECK(key_thumbprint(CoseAlgorithm::es256, view(kKeyPoint), digests, thumbprint) ==
        Status::unsupported_digest);
  Crc32Digests none;
  CHECK(key_thumbprint(CoseAlgorithm::es256, view(kKeyPoint), none, thumbprint) ==
        Status::unsupported_digest);
}
