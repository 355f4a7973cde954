// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/auth/revocation_list.hpp"

#include <doctest/doctest.h>

#include "support/hex.hpp"
#include "tmd/auth/trusted_key.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

const Bytes kMaterial = random_bytes(32, 1);
const Bytes kThumbprint = random_bytes(32, 2);
constexpr std::uint8_t kName[] = {'k', '1'};

/// Number 3 by name; 7 without one, of a public key; 31 of a key store, by its thumbprint.
KeyTable table() {
  static const TrustedKey kKeys[] = {
      {3, CoseAlgorithm::eddsa, kName, ConstBytes()},
      {7, CoseAlgorithm::eddsa, ConstBytes(), view(kMaterial)},
      {31, CoseAlgorithm::eddsa, ConstBytes(), ConstBytes(), false, 5, false, view(kThumbprint)}};
  return KeyTable(kKeys);
}

/// The numbers that a list revokes; 0 with its status where it is refused.
std::uint32_t revoked_by(const Bytes& list, Status expected = Status::not_found) {
  RevocationListReader reader(view(list));
  AllDigests digests;
  ListedKey key;
  std::uint32_t numbers = 0;
  Status status = Status::ok;
  while ((status = reader.next(key)) == Status::ok)
    CHECK(key.add_to(numbers, table(), digests) == Status::ok);
  CHECK(status == expected);
  return status == Status::not_found ? numbers : 0;
}

}  // namespace

TEST_CASE("a number is its bit") {
  CHECK(revocation_bit(0) == 1);
  CHECK(revocation_bit(31) == 0x80000000);
}

TEST_CASE("keys are named by identifier, thumbprint or number") {
  AllDigests digests;
  Digest computed;
  REQUIRE(key_thumbprint(CoseAlgorithm::eddsa, view(kMaterial), digests, computed) == Status::ok);
  const Bytes own(computed.view().begin(), computed.view().end());
  CHECK(revoked_by({}) == 0);
  CHECK(revoked_by(hex("01 02 6b31")) == 1U << 3);
  CHECK(revoked_by(join({hex("02 20"), own})) == 1U << 7);
  CHECK(revoked_by(join({hex("02 20"), kThumbprint})) == 1U << 31);
  CHECK(revoked_by(hex("03 01 0c")) == 1U << 12);
  CHECK(revoked_by(join({hex("03 01 00 01 02 6b31"), hex("02 20"), kThumbprint})) ==
        ((1U << 31) | (1U << 3) | 1U));
}

TEST_CASE("names of nobody revoke nobody") {
  CHECK(revoked_by(hex("01 02 6b32")) == 0);
  CHECK(revoked_by(hex("01 01 6b")) == 0);
  CHECK(revoked_by(join({hex("02 20"), random_bytes(32, 3)})) == 0);
}

TEST_CASE("an element that is not understood is never passed over") {
  CHECK(revoked_by(hex("03 01 01 04 01 00"), Status::malformed_manifest) == 0);  // a kind to come
  CHECK(revoked_by(hex("00 01 00"), Status::malformed_manifest) == 0);
  CHECK(revoked_by(hex("01 00"), Status::malformed_manifest) == 0);     // an empty name
  CHECK(revoked_by(hex("03 01 20"), Status::malformed_manifest) == 0);  // number 32
  CHECK(revoked_by(hex("03 02 0101"), Status::malformed_manifest) == 0);
  CHECK(revoked_by(join({hex("02 1f"), random_bytes(31, 3)}), Status::malformed_manifest) == 0);
  CHECK(revoked_by(hex("01 05 6b31"), Status::malformed_manifest) == 0);  // cut off
  CHECK(revoked_by(hex("03"), Status::malformed_manifest) == 0);
}

TEST_CASE("a thumbprint that can't be computed is told: it might be a key's") {
  Crc32Digests without_sha256;
  const ListedKey key{KeyName::thumbprint, view(kThumbprint)};
  std::uint32_t numbers = 0;
  CHECK(key.add_to(numbers, table(), without_sha256) == Status::unsupported_digest);
}
