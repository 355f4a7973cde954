// SPDX-License-Identifier: Apache-2.0
// Revocation, freshness and the comparison of MACs.
#include <doctest/doctest.h>
#include <psa/crypto.h>
#include <sodium.h>

#include "hex.hpp"
#include "sign/cose_writer.hpp"
#include "sign/signer.hpp"
#include "tmd/auth/authentication.hpp"
#include "tmd/auth/computed_mac.hpp"
#include "tmd/auth/freshness.hpp"
#include "tmd/auth/psa/psa_mac.hpp"

using tmd::CoseAlgorithm;
using tmd::Downgrade;
using tmd::Freshness;
using tmd::FreshnessClaims;
using tmd::FreshnessMemory;
using tmd::ModelVersion;
using tmd::Status;
using tmd::TrustedKey;
using tmd::Uuid;
using tmd::test::Bytes;
using tmd::test::hex;
using tmd::test::join;
using tmd::test::text;
using tmd::test::view;

namespace {

const Bytes kDaily = text("daily"), kSpare = text("spare"), kOffline = text("offline");
const Bytes kManifest = text("a manifest");

/// A fleet with two keys for every day and one in the safe that may revoke them.
struct Fleet {
  Bytes secrets[3] = {Bytes(32, 1), Bytes(32, 2), Bytes(32, 3)};
  TrustedKey keys[3] = {{0, CoseAlgorithm::hmac_sha256, view(kDaily), view(secrets[0])},
                        {5, CoseAlgorithm::hmac_sha256, view(kSpare), view(secrets[1])},
                        {31, CoseAlgorithm::hmac_sha256, view(kOffline), view(secrets[2]), true}};
  tmd::CoseAuthentication<tmd::Verifiers<tmd::PsaHmacSha256>> authentication{keys};

  Fleet() { REQUIRE(psa_crypto_init() == PSA_SUCCESS); }

  Status verify_signed_by(std::size_t signer) {
    tmd::host::sign::SigningKey key;
    key.algorithm = CoseAlgorithm::hmac_sha256;
    key.secret = tmd::host::sign::SecretBytes(Bytes(secrets[signer]));
    const Bytes message = tmd::host::sign::bytes_to_sign(key.algorithm, view(kManifest));
    const Bytes tag = tmd::host::sign::sign_message(key, view(message));
    const Bytes block = tmd::host::sign::write_cose(key.algorithm, keys[signer].identifier, view(tag));
    return authentication.verify(view(kManifest), view(block));
  }
};

Bytes listed(std::initializer_list<Bytes> identifiers) {
  Bytes list;
  for (const Bytes& identifier : identifiers) {
    list.push_back(static_cast<std::uint8_t>(identifier.size()));
    list.insert(list.end(), identifier.begin(), identifier.end());
  }
  return list;
}

}  // namespace

TEST_CASE("a key with the right revokes others, by their numbers, on top of those already revoked") {
  Fleet fleet;
  fleet.authentication.set_revoked(1U << 0);
  REQUIRE(fleet.verify_signed_by(2) == Status::ok);
  std::uint32_t keys = 0;
  CHECK(fleet.authentication.revocations(view(listed({kSpare, text("of another fleet")})), keys) ==
        Status::ok);
  CHECK(keys == ((1U << 0) | (1U << 5)));
}

TEST_CASE("a revoked key's signature is refused however good it is") {
  Fleet fleet;
  CHECK(fleet.verify_signed_by(1) == Status::ok);
  fleet.authentication.set_revoked(1U << 5);
  CHECK(fleet.verify_signed_by(1) == Status::revoked_key);
  CHECK(fleet.verify_signed_by(0) == Status::ok);
}

TEST_CASE("a key without the right, and one that lists itself, revokes nothing") {
  Fleet fleet;
  std::uint32_t keys = 0;
  REQUIRE(fleet.verify_signed_by(0) == Status::ok);
  CHECK(fleet.authentication.revocations(view(listed({kOffline})), keys) == Status::unknown_key);
  CHECK(keys == 0);
  REQUIRE(fleet.verify_signed_by(2) == Status::ok);
  CHECK(fleet.authentication.revocations(view(listed({kSpare, kOffline})), keys) == Status::unknown_key);
  CHECK(keys == 0);
}

TEST_CASE("a list is believed only of the manifest that was just verified") {
  Fleet fleet;
  std::uint32_t keys = 0;
  CHECK(fleet.authentication.revocations(view(listed({kSpare})), keys) == Status::unsigned_patch);
  REQUIRE(fleet.verify_signed_by(2) == Status::ok);
  fleet.authentication.set_revoked(0);  // the next patch begins, and it is not signed
  CHECK(fleet.authentication.revocations(view(listed({kSpare})), keys) == Status::unsigned_patch);
  CHECK(keys == 0);
}

TEST_CASE("a malformed list of keys is refused") {
  Fleet fleet;
  REQUIRE(fleet.verify_signed_by(2) == Status::ok);
  std::uint32_t keys = 0;
  for (const Bytes& list :
       {hex("00"), hex("05 61"), hex("80"), hex("FFFFFFFF0F 61"), join({listed({kSpare}), hex("01")})}) {
    CHECK(fleet.authentication.revocations(view(list), keys) == Status::malformed_manifest);
    CHECK(keys == 0);
  }
  CHECK(fleet.authentication.revocations({}, keys) == Status::ok);
}

namespace {
FreshnessClaims claims_of(ModelVersion version, std::uint32_t counter) {
  FreshnessClaims claims;
  claims.version = version;
  claims.security_counter = counter;
  return claims;
}
const FreshnessMemory kSeen{ModelVersion{2, 3, 4}, 10};
}  // namespace

TEST_CASE("equal or higher is fresh, lower is a downgrade, in counter and version each") {
  const Freshness policy;
  CHECK(policy.check(claims_of({2, 3, 4}, 10), kSeen) == Status::ok);
  CHECK(policy.check(claims_of({2, 3, 5}, 11), kSeen) == Status::ok);
  CHECK(policy.check(claims_of({3, 0, 0}, 9), kSeen) == Status::downgrade);
  CHECK(policy.check(claims_of({2, 3, 3}, 10), kSeen) == Status::downgrade);
  CHECK(policy.check(claims_of({2, 2, 9}, 99), kSeen) == Status::downgrade);
  CHECK(policy.check(claims_of({1, 9, 9}, 99), kSeen) == Status::downgrade);
  CHECK(policy.check(claims_of({2, 4, 0}, 10), kSeen) == Status::ok);
}

TEST_CASE("a manifest that says nothing of its age counts as the oldest") {
  CHECK(Freshness().check(FreshnessClaims(), kSeen) == Status::downgrade);
  CHECK(Freshness().check(FreshnessClaims(), FreshnessMemory()) == Status::ok);
}

TEST_CASE("the counter is compared over its whole range") {
  CHECK(Freshness().check(claims_of({}, 0xFFFFFFFF), FreshnessMemory{{}, 0}) == Status::ok);
  CHECK(Freshness().check(claims_of({}, 0), FreshnessMemory{{}, 0xFFFFFFFF}) == Status::downgrade);
  CHECK(Freshness().check(claims_of({}, 0x7FFFFFFF), FreshnessMemory{{}, 0x80000000}) == Status::downgrade);
}

TEST_CASE("a firmware may allow older versions, and only on request lower counters") {
  CHECK(Freshness(Downgrade::allow_versions).check(claims_of({1, 0, 0}, 10), kSeen) == Status::ok);
  CHECK(Freshness(Downgrade::allow_versions).check(claims_of({9, 0, 0}, 9), kSeen) == Status::downgrade);
  CHECK(Freshness(Downgrade::allow_all).check(claims_of({1, 0, 0}, 0), kSeen) == Status::ok);
}

TEST_CASE("family and device class must be there and match where the firmware states them") {
  const Uuid family{{1, 2, 3}}, device_class{{4, 5, 6}};
  const Bytes family_bytes(family.bytes, family.bytes + 16),
      class_bytes(device_class.bytes, device_class.bytes + 16);
  const Freshness policy(family, device_class);
  FreshnessClaims claims;
  CHECK(policy.check(claims, FreshnessMemory()) == Status::missing_entry);
  REQUIRE(claims.read(0x08, view(family_bytes)) == Status::ok);
  CHECK(policy.check(claims, FreshnessMemory()) == Status::missing_entry);
  REQUIRE(claims.read(0x09, view(class_bytes)) == Status::ok);
  CHECK(policy.check(claims, FreshnessMemory()) == Status::ok);
  for (std::size_t i = 0; i < 16; ++i) {
    Bytes other_family = family_bytes, other_class = class_bytes;
    other_family[i] ^= 0x80;
    other_class[i] ^= 0x01;
    FreshnessClaims wrong = claims;
    REQUIRE(wrong.read(0x08, view(other_family)) == Status::ok);
    CHECK(policy.check(wrong, FreshnessMemory()) == Status::wrong_family);
    wrong = claims;
    REQUIRE(wrong.read(0x09, view(other_class)) == Status::ok);
    CHECK(policy.check(wrong, FreshnessMemory()) == Status::wrong_device);
  }
  CHECK(Freshness().check(claims, FreshnessMemory()) == Status::ok);
}

TEST_CASE("entries of a wrong length are malformed, foreign ones are passed over") {
  FreshnessClaims claims;
  CHECK(claims.read(0x06, view(hex("0100 0200 0300"))) == Status::ok);
  CHECK(claims.version == ModelVersion{1, 2, 3});
  CHECK(claims.read(0x07, view(hex("78563412"))) == Status::ok);
  CHECK(claims.security_counter == 0x12345678);
  CHECK(claims.read(0x13, view(hex("00"))) == Status::ok);
  CHECK(claims.read(0x06, view(Bytes(5))) == Status::malformed_manifest);
  CHECK(claims.read(0x07, view(Bytes(5))) == Status::malformed_manifest);
  CHECK(claims.read(0x08, view(Bytes(15))) == Status::malformed_manifest);
  CHECK(claims.read(0x09, view(Bytes(17))) == Status::malformed_manifest);
}

TEST_CASE("comparison in constant time finds a difference at every place") {
  const Bytes a(33, 0x5A);
  CHECK(tmd::equal_in_constant_time(view(a), view(a)));
  CHECK(tmd::equal_in_constant_time({}, {}));
  for (std::size_t bit = 0; bit < a.size() * 8; ++bit) {
    Bytes b = a;
    b[bit / 8] = static_cast<std::uint8_t>(b[bit / 8] ^ (1U << (bit % 8)));
    CHECK(!tmd::equal_in_constant_time(view(a), view(b)));
  }
  CHECK(!tmd::equal_in_constant_time(view(a), view(a).first(32)));
}

TEST_CASE("wiping leaves zeros") {
  Bytes secret(40, 0xFF);
  tmd::wipe(tmd::MutableBytes(secret.data(), 39));
  CHECK(secret == join({Bytes(39, 0), Bytes(1, 0xFF)}));
}

namespace {
/// A library that computes a MAC and leaves the comparison to us: libsodium's streaming HMAC.
class SodiumHmac {
 public:
  static constexpr CoseAlgorithm kAlgorithm = CoseAlgorithm::hmac_sha256;
  static constexpr std::size_t kTagSize = crypto_auth_hmacsha256_BYTES;
  Status begin(tmd::ConstBytes key) {
    return crypto_auth_hmacsha256_init(&state_, key.data(), key.size()) == 0 ? Status::ok
                                                                             : Status::bad_signature;
  }
  Status update(tmd::ConstBytes bytes) {
    return crypto_auth_hmacsha256_update(&state_, bytes.data(), bytes.size()) == 0 ? Status::ok
                                                                                   : Status::bad_signature;
  }
  Status finish(tmd::MutableBytes tag) {
    return crypto_auth_hmacsha256_final(&state_, tag.data()) == 0 ? Status::ok : Status::bad_signature;
  }

 private:
  crypto_auth_hmacsha256_state state_{};
};
}  // namespace

TEST_CASE("a computed MAC is taken in full length only and refused at every flipped bit") {
  const Bytes secret = text("Jefe");
  const Bytes message = text("what do ya want for nothing?");
  const Bytes tag =
      hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");  // RFC 4231, section 4.3
  const TrustedKey key{0, CoseAlgorithm::hmac_sha256, {}, view(secret)};
  tmd::BytePieces pieces;
  pieces.add(view(message).first(5));
  pieces.add(view(message).from(5));
  tmd::Verifiers<tmd::ComputedMac<SodiumHmac>> verifier;  // finds it by its algorithm
  CHECK(verifier.verify(key, pieces, view(tag)) == Status::ok);
  CHECK(verifier.verify(key, pieces, view(tag).first(31)) == Status::bad_signature);
  CHECK(verifier.verify(key, pieces, {}) == Status::bad_signature);
  for (std::size_t bit = 0; bit < tag.size() * 8; ++bit) {
    Bytes damaged = tag;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1U << (bit % 8)));
    CHECK(verifier.verify(key, pieces, view(damaged)) == Status::bad_signature);
  }
}
