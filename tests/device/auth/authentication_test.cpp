// SPDX-License-Identifier: Apache-2.0
#include "tmd/auth/authentication.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "sign/crypto_library.hpp"
#include "sign/sodium_ed25519.hpp"
#include "support/hash_unit.hpp"
#include "support/made_manifest.hpp"
#include "tmd/auth/psa/psa_es256.hpp"
#include "tmd/auth/psa/psa_mac.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using EveryVerifier = Verifiers<PsaEs256, host::sign::SodiumEd25519<1024>, PsaHmacSha256, PsaAesCmac>;

/// A fleet with keys for every day and one in the safe that may revoke them. Hashes are computed by a unit.
struct Fleet {
  NamedKey daily{CoseAlgorithm::es256, "daily"}, spare{CoseAlgorithm::eddsa, "spare"},
      nameless{CoseAlgorithm::eddsa, ""}, another_nameless{CoseAlgorithm::eddsa, ""},
      shared{CoseAlgorithm::hmac_sha256, ""}, offline{CoseAlgorithm::es256, "offline"};
  TrustedKey table[6] = {daily.trusted(0),    spare.trusted(5),
                         nameless.trusted(6), another_nameless.trusted(7),
                         shared.trusted(8),   offline.trusted(31, true)};
  CoseAuthentication<EveryVerifier> authentication{table};
  HashUnit unit;
  HashUnitDigests digests{unit};
  MadeManifest manifest;

  Fleet() { host::sign::start_crypto_library(); }
  ~Fleet() {
    CHECK(unit.overlaps == 0);
    CHECK(unit.begins == unit.finishes);
  }

  Status verify_signed_by(const NamedKey& key) {
    return authentication.verify(manifest.sign(key).shown(), digests);
  }
  Status revocations(const Bytes& list, std::uint32_t& keys) {
    return authentication.revocations(view(list), keys, digests);
  }
};

/// Looks for who signed a certificate, as firmware that takes those does.
struct Certified : CoseAuthentication<EveryVerifier> {
  using CoseAuthentication::CoseAuthentication;

  Status issued(const ManifestToVerify& manifest, HashUnitDigests& digests) {
    CoseMessage message;
    const TrustedKey* issuer = nullptr;
    const Status status = open(manifest, message);
    return status == Status::ok ? check_pinned(message, manifest.signed_bytes, true, digests, issuer)
                                : status;
  }
};

constexpr std::uint32_t bits(std::initializer_list<unsigned> numbers) {
  std::uint32_t set = 0;
  for (const unsigned number : numbers) set |= 1U << number;
  return set;
}

}  // namespace

TEST_CASE(
    "every trusted key signs, with a name or without, and the firmware's own hash unit does the hashing") {
  Fleet fleet;
  for (const NamedKey* key : {&fleet.daily, &fleet.spare, &fleet.shared, &fleet.offline})
    CHECK(fleet.verify_signed_by(*key) == Status::ok);
  CHECK(fleet.unit.begins == 2);  // ES256 twice; the others hash for themselves
}

TEST_CASE("of several keys without a name each is tried") {
  Fleet fleet;
  CHECK(fleet.verify_signed_by(fleet.nameless) == Status::ok);
  CHECK(fleet.verify_signed_by(fleet.another_nameless) == Status::ok);
  const NamedKey stranger(CoseAlgorithm::eddsa, "");
  CHECK(fleet.verify_signed_by(stranger) == Status::bad_signature);
  fleet.authentication.set_revoked(bits({6}));
  CHECK(fleet.verify_signed_by(fleet.another_nameless) == Status::ok);
  CHECK(fleet.verify_signed_by(fleet.nameless) == Status::bad_signature);
  fleet.authentication.set_revoked(bits({6, 7}));
  CHECK(fleet.verify_signed_by(fleet.another_nameless) == Status::revoked_key);
}

TEST_CASE("a hash unit that fails, or that lacks SHA-256, lets nothing verify") {
  Fleet fleet;
  fleet.unit.fails = true;
  CHECK(fleet.verify_signed_by(fleet.daily) == Status::unsupported_digest);
  Crc32Digests none;
  CHECK(fleet.authentication.verify(fleet.manifest.sign(fleet.daily).shown(), none) ==
        Status::unsupported_digest);
}

TEST_CASE("a key with the right revokes others, by their numbers, on top of those already revoked") {
  Fleet fleet;
  const NamedKey of_another_fleet(CoseAlgorithm::es256, "of another fleet");
  fleet.authentication.set_revoked(bits({0}));
  REQUIRE(fleet.verify_signed_by(fleet.offline) == Status::ok);
  std::uint32_t keys = 0;
  CHECK(fleet.revocations(join({listed_identifier(fleet.spare), listed_identifier(of_another_fleet),
                                listed_thumbprint(of_another_fleet)}),
                          keys) == Status::ok);
  CHECK(keys == bits({0, 5}));
}

TEST_CASE("every key can be revoked by its thumbprint, with or without a name, of any algorithm") {
  Fleet fleet;
  const struct {
    const NamedKey& key;
    unsigned number;
  } kCases[] = {{fleet.daily, 0},
                {fleet.spare, 5},
                {fleet.nameless, 6},
                {fleet.another_nameless, 7},
                {fleet.shared, 8}};
  for (const auto& revoked : kCases) {
    fleet.authentication.set_revoked(0);
    REQUIRE(fleet.verify_signed_by(fleet.offline) == Status::ok);
    std::uint32_t keys = 0;
    CHECK(fleet.revocations(listed_thumbprint(revoked.key), keys) == Status::ok);
    CHECK(keys == bits({revoked.number}));
    fleet.authentication.set_revoked(keys);
    CHECK(fleet.verify_signed_by(revoked.key) != Status::ok);
  }
}

TEST_CASE("a thumbprint is no identifier and an identifier no thumbprint, whatever their bytes") {
  Fleet fleet;
  NamedKey masked(CoseAlgorithm::es256, "");
  masked.identifier = fleet.spare.verification.thumbprint();  // goes by another key's thumbprint
  const TrustedKey table[] = {fleet.offline.trusted(1, true), masked.trusted(2), fleet.spare.trusted(3)};
  CoseAuthentication<EveryVerifier> authentication(table);
  REQUIRE(authentication.verify(fleet.manifest.sign(fleet.offline).shown(), fleet.digests) == Status::ok);
  std::uint32_t keys = 0;
  CHECK(authentication.revocations(view(listed(KeyName::identifier, masked.identifier)), keys,
                                   fleet.digests) == Status::ok);
  CHECK(keys == bits({2}));
  CHECK(authentication.revocations(view(listed(KeyName::thumbprint, masked.identifier)), keys,
                                   fleet.digests) == Status::ok);
  CHECK(keys == bits({3}));
}

TEST_CASE("a key in a key store is revoked by the thumbprint that stands in the table") {
  Fleet fleet;
  TrustedKey stored{4, CoseAlgorithm::es256, {}, {}, false, 77};
  const Bytes thumbprint = fleet.nameless.verification.thumbprint();
  stored.thumbprint = view(thumbprint);
  const TrustedKey table[] = {fleet.offline.trusted(1, true), stored};
  CoseAuthentication<EveryVerifier> authentication(table);
  REQUIRE(authentication.verify(fleet.manifest.sign(fleet.offline).shown(), fleet.digests) == Status::ok);
  std::uint32_t keys = 0;
  CHECK(authentication.revocations(view(listed_thumbprint(fleet.nameless)), keys, fleet.digests) ==
        Status::ok);
  CHECK(keys == bits({4}));
}

TEST_CASE("a revoked key's signature is refused however good it is") {
  Fleet fleet;
  CHECK(fleet.verify_signed_by(fleet.spare) == Status::ok);
  fleet.authentication.set_revoked(bits({5}));
  CHECK(fleet.verify_signed_by(fleet.spare) == Status::revoked_key);
  CHECK(fleet.verify_signed_by(fleet.daily) == Status::ok);
}

TEST_CASE("a key without the right, and one that lists itself by any name, revokes nothing") {
  Fleet fleet;
  std::uint32_t keys = 0;
  REQUIRE(fleet.verify_signed_by(fleet.daily) == Status::ok);
  CHECK(fleet.revocations(listed_identifier(fleet.offline), keys) == Status::unknown_key);
  CHECK(fleet.revocations(listed_number(31), keys) == Status::unknown_key);
  CHECK(keys == 0);
  REQUIRE(fleet.verify_signed_by(fleet.offline) == Status::ok);
  for (const Bytes& itself :
       {listed_identifier(fleet.offline), listed_thumbprint(fleet.offline), listed_number(31)}) {
    CHECK(fleet.revocations(join({listed_identifier(fleet.spare), itself}), keys) == Status::unknown_key);
    CHECK(fleet.revocations(join({itself, listed_identifier(fleet.spare)}), keys) == Status::unknown_key);
    CHECK(keys == 0);
  }
}

TEST_CASE("a list is believed only of the manifest that was just verified") {
  Fleet fleet;
  std::uint32_t keys = 0;
  const Bytes list = listed_identifier(fleet.spare);
  CHECK(fleet.revocations(list, keys) == Status::unsigned_patch);
  REQUIRE(fleet.verify_signed_by(fleet.offline) == Status::ok);
  fleet.authentication.set_revoked(0);  // the next patch begins, and it is not signed
  CHECK(fleet.revocations(list, keys) == Status::unsigned_patch);
  REQUIRE(fleet.verify_signed_by(fleet.offline) == Status::ok);
  fleet.manifest.block().back() ^= 1;  // the next patch is signed badly
  CHECK(fleet.authentication.verify(fleet.manifest.shown(), fleet.digests) == Status::bad_signature);
  CHECK(fleet.revocations(list, keys) == Status::unsigned_patch);
  CHECK(keys == 0);
}

TEST_CASE("a malformed list of keys is refused whole") {
  Fleet fleet;
  REQUIRE(fleet.verify_signed_by(fleet.offline) == Status::ok);
  std::uint32_t keys = 0;
  const Bytes good = listed_identifier(fleet.spare);
  for (const Bytes& list :
       {hex("00"), hex("01"), hex("01 00"), hex("01 05 61"), hex("02 00"), hex("02 01 61"), hex("03 00"),
        hex("03 01 20"), hex("03 01 FF"), hex("03 02 05 06"), hex("04 01 61"), hex("00 01 61"),
        hex("FF 01 61"), listed(KeyName::thumbprint, Bytes(31, 1)),
        listed(KeyName::thumbprint, Bytes(33, 1))}) {
    CHECK(fleet.revocations(list, keys) == Status::malformed_manifest);
    CHECK(fleet.revocations(join({good, list}), keys) == Status::malformed_manifest);
    CHECK(keys == 0);
  }
  CHECK(fleet.revocations({}, keys) == Status::ok);
  CHECK(keys == 0);
}

TEST_CASE("a thumbprint that the device cannot compute is no silent success") {
  Fleet fleet;
  REQUIRE(fleet.verify_signed_by(fleet.offline) == Status::ok);
  fleet.unit.fails = true;
  std::uint32_t keys = 0;
  CHECK(fleet.revocations(listed_thumbprint(fleet.daily), keys) == Status::unsupported_digest);
  CHECK(keys == 0);
}

TEST_CASE(
    "a drill: the daily key is lost, a new firmware brings its successor, then the lost one is revoked") {
  Fleet fleet;
  // The first firmware knows the daily key and the one in the safe.
  const TrustedKey old_table[] = {fleet.daily.trusted(0), fleet.offline.trusted(31, true)};
  CoseAuthentication<EveryVerifier> old_firmware(old_table);
  const NamedKey successor(CoseAlgorithm::es256, "successor");
  CHECK(old_firmware.verify(fleet.manifest.sign(fleet.daily).shown(), fleet.digests) == Status::ok);
  CHECK(old_firmware.verify(fleet.manifest.sign(successor).shown(), fleet.digests) == Status::unknown_key);

  // Both firmwares obey the list; what they store is the same bit. The key in the safe goes on.
  const TrustedKey new_table[] = {successor.trusted(1), fleet.daily.trusted(0),
                                  fleet.offline.trusted(31, true)};
  CoseAuthentication<EveryVerifier> new_firmware(new_table);
  const Bytes list = listed_thumbprint(fleet.daily);
  std::uint32_t by_old = 0, by_new = 0;
  REQUIRE(old_firmware.verify(fleet.manifest.sign(fleet.offline).shown(), fleet.digests) == Status::ok);
  REQUIRE(new_firmware.verify(fleet.manifest.sign(fleet.offline).shown(), fleet.digests) == Status::ok);
  REQUIRE(old_firmware.revocations(view(list), by_old, fleet.digests) == Status::ok);
  REQUIRE(new_firmware.revocations(view(list), by_new, fleet.digests) == Status::ok);
  CHECK(by_old == bits({0}));
  CHECK(by_new == by_old);
  old_firmware.set_revoked(by_old);
  new_firmware.set_revoked(by_old);
  CHECK(old_firmware.verify(fleet.manifest.sign(fleet.daily).shown(), fleet.digests) == Status::revoked_key);
  CHECK(new_firmware.verify(fleet.manifest.sign(fleet.daily).shown(), fleet.digests) == Status::revoked_key);
  CHECK(new_firmware.verify(fleet.manifest.sign(successor).shown(), fleet.digests) == Status::ok);
  // A device that is still on the old firmware can be reached by the key in the safe.
  CHECK(old_firmware.verify(fleet.manifest.sign(fleet.offline).shown(), fleet.digests) == Status::ok);

  // A third firmware no longer has the lost key in its table; its number stays revoked and unused.
  const TrustedKey third_table[] = {successor.trusted(1), fleet.offline.trusted(31, true)};
  CoseAuthentication<EveryVerifier> third_firmware(third_table);
  third_firmware.set_revoked(by_old);
  CHECK(third_firmware.verify(fleet.manifest.sign(fleet.daily).shown(), fleet.digests) ==
        Status::unknown_key);
  CHECK(third_firmware.verify(fleet.manifest.sign(successor).shown(), fleet.digests) == Status::ok);
}

namespace {
constexpr std::uint8_t kPoint[65] = {4};
constexpr TrustedKey kFixed[] = {{3, CoseAlgorithm::es256, ConstBytes(), ConstBytes(kPoint)}};
}  // namespace

TEST_CASE("a table that is known when the firmware is built costs no RAM, and the object is all zero") {
  using Fixed = CoseAuthentication<Verifiers<PsaEs256>, FixedKeys<kFixed>>;
  static Fixed authentication;
  const auto* bytes = reinterpret_cast<const unsigned char*>(&authentication);
  CHECK(std::all_of(bytes, bytes + sizeof(authentication), [](unsigned char byte) { return byte == 0; }));
  CHECK(sizeof(Fixed) <= 2 * sizeof(void*) + sizeof(void*));
  Fleet fleet;
  const NamedKey nameless(CoseAlgorithm::es256, "");
  CHECK(authentication.verify(fleet.manifest.sign(nameless).shown(), fleet.digests) == Status::bad_signature);
  authentication.set_revoked(bits({3}));
  CHECK(authentication.verify(fleet.manifest.sign(nameless).shown(), fleet.digests) == Status::revoked_key);
}

TEST_CASE("a fixed table has a number of its own for each key") {
  const TrustedKey one{0, CoseAlgorithm::es256, {}, {}}, last{31, CoseAlgorithm::es256, {}, {}},
      beyond{32, CoseAlgorithm::es256, {}, {}};
  const TrustedKey sound[] = {one, last}, doubled[] = {one, last, one}, outside[] = {one, beyond};
  CHECK(detail::has_own_numbers(sound, sound + 2));
  CHECK(!detail::has_own_numbers(doubled, doubled + 3));
  CHECK(!detail::has_own_numbers(outside, outside + 2));
}

TEST_CASE("without a table nothing verifies") {
  Fleet fleet;
  CoseAuthentication<EveryVerifier> empty;
  CHECK(empty.verify(fleet.manifest.sign(fleet.daily).shown(), fleet.digests) == Status::unknown_key);
}

namespace {
/// A policy as a product writes one that lets a secure service judge: no template, its own Digests alone.
struct SecureService {
  static constexpr bool kAllowsUnsigned = false;
  void set_revoked(std::uint32_t) {}
  Status verify(const ManifestToVerify&, HashUnitDigests&) { return Status::ok; }
  Status revocations(ConstBytes, std::uint32_t&, HashUnitDigests&) { return Status::ok; }
};
struct WithoutRevocations {
  [[maybe_unused]] static constexpr bool kAllowsUnsigned = false;
  void set_revoked(std::uint32_t) {}
  Status verify(const ManifestToVerify&, AllDigests&) { return Status::ok; }
};
}  // namespace

TEST_CASE("what is a policy is told from what is none, for the digests that the firmware has") {
  static_assert(check_authentication_policy<AllowUnsigned, AllDigests>(), "");
  static_assert(check_authentication_policy<IgnoreSignatures, HashUnitDigests>(), "");
  static_assert(check_authentication_policy<CoseAuthentication<EveryVerifier>, HashUnitDigests>(), "");
  static_assert(check_authentication_policy<VerifyIfSigned<CoseAuthentication<EveryVerifier>>, AllDigests>(),
                "");
  static_assert(check_authentication_policy<SecureService, HashUnitDigests>(), "");
  CHECK(!detail::IsAuthentication<SecureService, AllDigests>::value);
  CHECK(!detail::IsAuthentication<WithoutRevocations, AllDigests>::value);
  CHECK(!detail::IsVerifier<SecureService, AllDigests>::value);
  CHECK(detail::IsVerifier<PsaEs256, HashUnitDigests>::value);
}

TEST_CASE("of the trusted keys those certify that may, and are not revoked") {
  Fleet fleet;
  const NamedKey root(CoseAlgorithm::es256, "root");
  const TrustedKey table[] = {root.trusted(0, false, true), fleet.daily.trusted(1)};
  Certified policy(table);
  const auto issued_by = [&](const NamedKey& key) {
    return policy.issued(fleet.manifest.sign(key).shown(), fleet.digests);
  };
  CHECK(issued_by(root) == Status::ok);
  CHECK(issued_by(fleet.daily) == Status::unknown_key);
  policy.set_revoked(bits({0}));
  CHECK(issued_by(root) == Status::revoked_key);
}
