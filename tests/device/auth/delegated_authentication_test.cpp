// SPDX-License-Identifier: Apache-2.0
#include "tmd/auth/delegated_authentication.hpp"

#include <doctest/doctest.h>

#include "sign/crypto_library.hpp"
#include "sign/sodium_ed25519.hpp"
#include "support/hash_unit.hpp"
#include "support/made_manifest.hpp"
#include "tmd/auth/psa/psa_es256.hpp"
#include "tmd/auth/psa/psa_mac.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using EveryDelegate = Verifiers<PsaEs256, host::sign::SodiumEd25519<1024>, PsaHmacSha256, PsaAesCmac>;
using Policy = DelegatedAuthentication<EveryDelegate>;

const Bytes kReleaseFamily(16, 0xFA), kOtherFamily(16, 0xFB);
constexpr std::uint8_t kRootNumber = 0, kRevokerNumber = 1, kPlainNumber = 2, kReleaseNumber = 7;

/// Two roots, one of them only for signatures of its own, and a release key that no table knows.
struct DelegatedFleet {
  NamedKey root{CoseAlgorithm::es256, "root"}, revoker{CoseAlgorithm::eddsa, "revoker"},
      plain{CoseAlgorithm::eddsa, "plain"}, shared{CoseAlgorithm::hmac_sha256, "shared"},
      release{CoseAlgorithm::eddsa, "release"}, other_release{CoseAlgorithm::es256, "other"};
  TrustedKey table[4] = {root.trusted(kRootNumber, false, true), revoker.trusted(kRevokerNumber, true),
                         plain.trusted(kPlainNumber), shared.trusted(3, false, true)};
  Policy policy{table};
  HashUnit unit;
  HashUnitDigests digests{unit};

  DelegatedFleet() { host::sign::start_crypto_library(); }

  host::sign::ReleaseKey claims(std::uint32_t first = 10, std::uint32_t last = 20) const {
    return release.released(kReleaseNumber, kReleaseFamily, first, last);
  }
  Bytes honest() const { return root.certificate(claims()); }
};

std::vector<host::format::EntryToWrite> entries_with(const Bytes& certificate, std::uint32_t counter = 15,
                                                     const Bytes& family = kReleaseFamily) {
  std::vector<host::format::EntryToWrite> entries{counter_entry(counter)};
  if (!family.empty()) entries.push_back({EntryNumber::family, false, family});
  if (!certificate.empty()) entries.push_back({EntryNumber::certificate, false, certificate});
  return entries;
}

Status verify(DelegatedFleet& fleet, const NamedKey& signer, std::vector<host::format::EntryToWrite> entries,
              std::uint32_t seen = 0) {
  MadeManifest manifest(std::move(entries));
  return fleet.policy.verify(manifest.sign(signer).shown(seen), fleet.digests);
}

/// A certificate of any bytes in place of the family of claims, signed by `issuer` all the same.
Bytes certificate_over(const NamedKey& issuer, const Bytes& payload) {
  const Bytes message = host::sign::bytes_to_sign(issuer.key.algorithm, view(payload));
  return host::sign::write_cose_attached(issuer.key.algorithm, view(issuer.identifier), view(payload),
                                         view(host::sign::sign_message(issuer.key, view(message))));
}

/// The payload that the host would sign for these claims.
Bytes payload_of(const Bytes& certificate) {
  Certificate parsed;
  REQUIRE(parse_certificate(view(certificate), parsed) == Status::ok);
  return host::to_bytes(parsed.payload);
}

}  // namespace

TEST_CASE("a key that a root has certified signs within its family and its counters") {
  DelegatedFleet fleet;
  const Bytes certificate = fleet.honest();
  for (const std::uint32_t counter : {10U, 15U, 20U})
    CHECK(verify(fleet, fleet.release, entries_with(certificate, counter)) == Status::ok);
  CHECK(fleet.unit.overlaps == 0);
  CHECK(fleet.unit.begins == 3);  // the root's signatures; Ed25519 hashes for itself
}

TEST_CASE("a certified ES256 key under an Ed25519 root, and a certificate for any family") {
  DelegatedFleet fleet;
  const TrustedKey table[] = {fleet.revoker.trusted(1, false, true)};
  Policy policy(table);
  const Bytes certificate = fleet.revoker.certificate(fleet.other_release.released(4, {}, 0, 0xFFFFFFFF));
  for (const Bytes& family : {Bytes(), kReleaseFamily, kOtherFamily}) {
    for (const std::uint32_t counter : {0U, 0x80000000U, 0xFFFFFFFFU}) {
      MadeManifest manifest(entries_with(certificate, counter, family));
      CHECK(policy.verify(manifest.sign(fleet.other_release).shown(counter), fleet.digests) == Status::ok);
    }
  }
}

TEST_CASE(
    "a root and every other key of the table sign manifests themselves, with a certificate or without") {
  DelegatedFleet fleet;
  for (const NamedKey* key : {&fleet.root, &fleet.revoker, &fleet.plain, &fleet.shared}) {
    CHECK(verify(fleet, *key, entries_with({})) == Status::ok);
    CHECK(verify(fleet, *key, entries_with(fleet.honest(), 99)) == Status::ok);
    CHECK(verify(fleet, *key, entries_with(hex("00"))) ==
          Status::ok);  // which they do not need, nobody reads it
  }
}

TEST_CASE("without its certificate a release key is unknown") {
  DelegatedFleet fleet;
  CHECK(verify(fleet, fleet.release, entries_with({})) == Status::unknown_key);
  CoseAuthentication<EveryDelegate> plain(fleet.table);
  MadeManifest manifest(entries_with(fleet.honest()));
  CHECK(plain.verify(manifest.sign(fleet.release).shown(), fleet.digests) == Status::unknown_key);
}

TEST_CASE("a certificate is for one key: no other's signature does, and not under its name") {
  DelegatedFleet fleet;
  const Bytes certificate = fleet.honest();
  CHECK(verify(fleet, fleet.other_release, entries_with(certificate)) == Status::unknown_key);
  NamedKey impostor(CoseAlgorithm::eddsa, "release");
  CHECK(verify(fleet, impostor, entries_with(certificate)) == Status::bad_signature);
  NamedKey other_algorithm(CoseAlgorithm::es256, "release");
  CHECK(verify(fleet, other_algorithm, entries_with(certificate)) == Status::unknown_key);
  NamedKey mac(CoseAlgorithm::hmac_sha256, "release");
  CHECK(verify(fleet, mac, entries_with(certificate)) == Status::unknown_key);
}

TEST_CASE("a public key that is certified never serves as a MAC secret") {
  DelegatedFleet fleet;
  NamedKey confused(CoseAlgorithm::hmac_sha256, "release");
  confused.key.secret = host::sign::SecretBytes(host::to_bytes(fleet.release.verification.material.view()));
  CHECK(verify(fleet, confused, entries_with(fleet.honest())) == Status::unknown_key);
}

TEST_CASE("a certificate counts for its family and its counters alone, and for manifests that say so") {
  DelegatedFleet fleet;
  const Bytes certificate = fleet.honest();
  for (const std::uint32_t counter : {0U, 9U, 21U, 0x8000000FU, 0xFFFFFFFFU})
    CHECK(verify(fleet, fleet.release, entries_with(certificate, counter)) == Status::outside_certificate);
  CHECK(verify(fleet, fleet.release, entries_with(certificate, 15, kOtherFamily)) ==
        Status::outside_certificate);
  CHECK(verify(fleet, fleet.release, entries_with(certificate, 15, {})) == Status::outside_certificate);
  CHECK(verify(
            fleet, fleet.release,
            {{EntryNumber::family, false, kReleaseFamily}, {EntryNumber::certificate, false, certificate}}) ==
        Status::outside_certificate);  // no counter is counter 0
}

TEST_CASE("a certificate expires when the device has seen a counter above its last") {
  DelegatedFleet fleet;
  const Bytes certificate = fleet.honest();
  CHECK(verify(fleet, fleet.release, entries_with(certificate, 20), 20) == Status::ok);
  CHECK(verify(fleet, fleet.release, entries_with(certificate, 15), 20) == Status::ok);  // freshness' matter
  CHECK(verify(fleet, fleet.release, entries_with(certificate, 20), 21) == Status::outside_certificate);
  CHECK(verify(fleet, fleet.release, entries_with(certificate, 20), 0xFFFFFFFF) ==
        Status::outside_certificate);
  CHECK(verify(fleet, fleet.root, entries_with(certificate, 20), 0xFFFFFFFF) == Status::ok);  // roots do not
}

TEST_CASE("what costs nothing is checked before any signature is") {
  DelegatedFleet fleet;
  const TrustedKey table[] = {fleet.root.trusted(0, false, true)};
  DelegatedAuthentication<Verifiers<PsaEs256, host::sign::SodiumEd25519<1024>>> policy(table);
  MadeManifest manifest(entries_with(fleet.honest(), 99));
  CHECK(policy.verify(manifest.sign(fleet.release).shown(), fleet.digests) == Status::outside_certificate);
  CHECK(fleet.unit.begins == 0);
}

TEST_CASE("the certificate is checked before the manifest's signature") {
  DelegatedFleet fleet;
  Bytes certificate = fleet.honest();
  certificate.back() ^= 1;
  MadeManifest manifest(entries_with(certificate));
  manifest.sign(fleet.release).block().back() ^= 1;
  CHECK(fleet.policy.verify(manifest.shown(), fleet.digests) == Status::bad_certificate);
}

TEST_CASE("nobody certifies but a key of the table that may") {
  DelegatedFleet fleet;
  const NamedKey stranger(CoseAlgorithm::es256, "stranger"), impostor(CoseAlgorithm::es256, "root");
  CHECK(verify(fleet, fleet.release, entries_with(stranger.certificate(fleet.claims()))) ==
        Status::unknown_key);
  CHECK(verify(fleet, fleet.release, entries_with(impostor.certificate(fleet.claims()))) ==
        Status::bad_certificate);
  CHECK(verify(fleet, fleet.release, entries_with(fleet.plain.certificate(fleet.claims()))) ==
        Status::unknown_key);
  CHECK(verify(fleet, fleet.release, entries_with(fleet.revoker.certificate(fleet.claims()))) ==
        Status::unknown_key);
  // A key that certifies itself.
  CHECK(verify(fleet, fleet.release, entries_with(fleet.release.certificate(fleet.claims()))) ==
        Status::unknown_key);
  // A shared secret, whatever the table says of it: every device has it.
  CHECK(verify(fleet, fleet.release,
               entries_with(certificate_over(fleet.shared, payload_of(fleet.honest())))) ==
        Status::malformed_certificate);
}

TEST_CASE("a certified key certifies nobody: a chain has two links") {
  DelegatedFleet fleet;
  const NamedKey third(CoseAlgorithm::eddsa, "third");
  const Bytes by_release = fleet.release.certificate(third.released(8, kReleaseFamily, 10, 20));
  CHECK(verify(fleet, third, entries_with(by_release)) == Status::unknown_key);
  // Nor do two certificates one after the other make a chain.
  CHECK(verify(fleet, third, entries_with(join({fleet.honest(), by_release}))) ==
        Status::malformed_certificate);
  CHECK(verify(fleet, third, entries_with(join({by_release, fleet.honest()}))) ==
        Status::malformed_certificate);
}

TEST_CASE("a root's signature over a manifest is none over a certificate, and the other way round") {
  DelegatedFleet fleet;
  // The root has signed a certificate; its signature is brought as one over a manifest, which is the payload.
  const Bytes payload = payload_of(fleet.honest());
  Certificate parsed;
  const Bytes honest = fleet.honest();
  REQUIRE(parse_certificate(view(honest), parsed) == Status::ok);
  const Bytes block =
      host::sign::write_cose(CoseAlgorithm::es256, view(fleet.root.identifier), parsed.message.signature);
  Manifest manifest;
  CHECK(format2::parse(view(host::format::join_patch(payload, block, {})), manifest) != Status::ok);
  CHECK(payload[0] != kFormat2);
  // The root has signed a manifest; its bytes are brought as a certificate.
  MadeManifest signed_manifest(entries_with({}));
  CHECK(
      verify(fleet, fleet.release, entries_with(certificate_over(fleet.root, signed_manifest.manifest()))) ==
      Status::malformed_certificate);
}

TEST_CASE("a revoked release key, and a revoked root, sign no more; the root's certificates go with it") {
  DelegatedFleet fleet;
  const Bytes certificate = fleet.honest();
  fleet.policy.set_revoked(1U << kReleaseNumber);
  CHECK(verify(fleet, fleet.release, entries_with(certificate)) == Status::revoked_key);
  CHECK(verify(fleet, fleet.root, entries_with(certificate)) == Status::ok);
  fleet.policy.set_revoked(1U << kRootNumber);
  CHECK(verify(fleet, fleet.release, entries_with(certificate)) == Status::revoked_key);
  CHECK(verify(fleet, fleet.root, entries_with(certificate)) == Status::revoked_key);
  fleet.policy.set_revoked(~((1U << kRootNumber) | (1U << kReleaseNumber)));
  CHECK(verify(fleet, fleet.release, entries_with(certificate)) == Status::ok);
}

TEST_CASE("a release key is revoked by its number, which no table needs to know") {
  DelegatedFleet fleet;
  MadeManifest manifest(entries_with({}));
  REQUIRE(fleet.policy.verify(manifest.sign(fleet.revoker).shown(), fleet.digests) == Status::ok);
  std::uint32_t keys = 0;
  REQUIRE(fleet.policy.revocations(view(listed_number(kReleaseNumber)), keys, fleet.digests) == Status::ok);
  CHECK(keys == 1U << kReleaseNumber);
  fleet.policy.set_revoked(keys);
  CHECK(verify(fleet, fleet.release, entries_with(fleet.honest())) == Status::revoked_key);
  // Its successor under another number signs on, by the same root.
  CHECK(verify(fleet, fleet.other_release,
               entries_with(fleet.root.certificate(
                   fleet.other_release.released(8, kReleaseFamily, 10, 20)))) == Status::ok);
}

TEST_CASE("a certified key may go by the name of a key of the table, or by none as that does") {
  for (const char* name : {"release", ""}) {
    CAPTURE(name);
    DelegatedFleet fleet;
    NamedKey root(CoseAlgorithm::eddsa, name), before(CoseAlgorithm::eddsa, name),
        after(CoseAlgorithm::eddsa, name), impostor(CoseAlgorithm::eddsa, name);
    const TrustedKey table[] = {root.trusted(0, false, true), before.trusted(1)};
    Policy policy(table);
    const Bytes certificate = root.certificate(after.released(7, kReleaseFamily, 10, 20));
    const auto verify_by = [&](const NamedKey& signer, std::uint32_t counter = 15) {
      MadeManifest manifest(entries_with(certificate, counter));
      return policy.verify(manifest.sign(signer).shown(), fleet.digests);
    };
    CHECK(verify_by(after) == Status::ok);
    CHECK(verify_by(before) == Status::ok);
    CHECK(verify_by(before, 21) == Status::ok);  // it signs by itself
    CHECK(verify_by(after, 21) == Status::outside_certificate);
    CHECK(verify_by(impostor) == Status::bad_signature);
    policy.set_revoked(1U << 1);  // the successor of a key that was lost
    CHECK(verify_by(after) == Status::ok);
    CHECK(verify_by(before) == Status::bad_signature);
    policy.set_revoked(1U << 7);
    CHECK(verify_by(after) == Status::revoked_key);
    policy.set_revoked(1U << 0);
    CHECK(verify_by(after) == Status::revoked_key);
    // Also where nobody else goes by that name.
    const TrustedKey other_table[] = {fleet.root.trusted(0, false, true), before.trusted(1)};
    Policy other(other_table);
    other.set_revoked(1U << 1);
    MadeManifest by_other_root(
        entries_with(fleet.root.certificate(after.released(7, kReleaseFamily, 10, 20))));
    CHECK(other.verify(by_other_root.sign(after).shown(), fleet.digests) == Status::ok);
    // What is no certificate of the signer changes nothing about why it is refused.
    policy.set_revoked(1U << 0 | 1U << 1);
    MadeManifest without(entries_with(hex("00")));
    CHECK(policy.verify(without.sign(before).shown(), fleet.digests) == Status::revoked_key);
    policy.set_revoked(0);
    CHECK(policy.verify(without.sign(impostor).shown(), fleet.digests) == Status::bad_signature);
  }
}

TEST_CASE("a certified key revokes nobody, whatever its number") {
  DelegatedFleet fleet;
  for (const std::uint8_t number : {kReleaseNumber, std::uint8_t{31}}) {
    const Bytes certificate = fleet.root.certificate(fleet.release.released(number, kReleaseFamily, 10, 20));
    MadeManifest manifest(entries_with(certificate));
    REQUIRE(fleet.policy.verify(manifest.sign(fleet.release).shown(), fleet.digests) == Status::ok);
    std::uint32_t keys = 0;
    CHECK(fleet.policy.revocations(view(listed_identifier(fleet.plain)), keys, fleet.digests) ==
          Status::unknown_key);
    CHECK(keys == 0);
  }
}

TEST_CASE("a certificate gives out no number and no key that the table has") {
  DelegatedFleet fleet;
  for (const std::uint8_t taken : {kRootNumber, kRevokerNumber, kPlainNumber}) {
    CHECK(verify(fleet, fleet.release,
                 entries_with(fleet.root.certificate(fleet.release.released(
                     taken, kReleaseFamily, 10, 20)))) == Status::malformed_certificate);
  }
  // The revoked plain key again, under another name and number: whoever has it back must not get in by that.
  NamedKey renamed(CoseAlgorithm::eddsa, "renamed");
  renamed.key.secret = host::sign::SecretBytes(host::to_bytes(fleet.plain.key.secret.view()));
  renamed.verification = host::sign::verification_key_of(renamed.key);
  CHECK(verify(fleet, renamed,
               entries_with(fleet.root.certificate(renamed.released(9, kReleaseFamily, 10, 20)))) ==
        Status::malformed_certificate);
}

TEST_CASE(
    "every flipped bit of a certificate is refused, also where the manifest is signed with it in place") {
  DelegatedFleet fleet;
  const Bytes honest = fleet.honest();
  for (std::size_t bit = 0; bit < honest.size() * 8; ++bit) {
    CAPTURE(bit);
    Bytes certificate = honest;
    certificate[bit / 8] = static_cast<std::uint8_t>(certificate[bit / 8] ^ (1U << (bit % 8)));
    const Status status = verify(fleet, fleet.release, entries_with(certificate));
    const bool refused = status == Status::malformed_certificate || status == Status::bad_certificate ||
                         status == Status::outside_certificate || status == Status::unknown_key ||
                         status == Status::unsupported_algorithm;
    CHECK(refused);
  }
}

namespace {

/// Each byte of a certificate at every `step`th value, which are others from byte to byte.
void check_values(unsigned step) {
  DelegatedFleet fleet;
  const TrustedKey table[] = {fleet.revoker.trusted(1, false, true)};  // Ed25519: fast enough for all of them
  Policy policy(table);
  const Bytes honest = fleet.revoker.certificate(fleet.claims());
  std::uint32_t tried = 0, refused = 0;
  for (std::size_t at = 0; at < honest.size(); ++at) {
    for (unsigned value = static_cast<unsigned>(at) % step; value < 256; value += step) {
      if (value == honest[at]) continue;
      Bytes certificate = honest;
      certificate[at] = static_cast<std::uint8_t>(value);
      MadeManifest manifest(entries_with(certificate));
      const Status status = policy.verify(manifest.sign(fleet.release).shown(), fleet.digests);
      if (status == Status::ok) FAIL_CHECK("byte " << at << " at " << value);
      ++tried;
      refused += status == Status::ok ? 0U : 1U;
    }
  }
  CHECK(tried >= honest.size() * 255 / step);
  CHECK(refused == tried);
}

}  // namespace

TEST_CASE("every byte of a certificate at a quarter of all values is refused but the honest one") {
  check_values(4);
}
TEST_CASE("every byte of a certificate at every value is refused but the honest one" * doctest::skip()) {
  check_values(1);
}

TEST_CASE("a certificate that is taken away, exchanged or changed after signing breaks the signature") {
  DelegatedFleet fleet;
  const Bytes honest = fleet.honest();
  MadeManifest manifest(entries_with(honest));
  const Bytes block = manifest.sign(fleet.release).block();
  const Bytes wider = fleet.root.certificate(fleet.claims(0, 0xFFFFFFFF));
  MadeManifest exchanged(entries_with(wider));
  exchanged.block() = block;
  CHECK(fleet.policy.verify(exchanged.shown(), fleet.digests) == Status::bad_signature);
  MadeManifest without(entries_with({}));
  without.block() = block;
  CHECK(fleet.policy.verify(without.shown(), fleet.digests) == Status::unknown_key);
}

TEST_CASE("firmware without the root's algorithm, or the release key's, says so") {
  DelegatedFleet fleet;
  const TrustedKey table[] = {fleet.root.trusted(0, false, true)};
  MadeManifest manifest(entries_with(fleet.honest()));
  manifest.sign(fleet.release);
  DelegatedAuthentication<Verifiers<PsaEs256>> no_release(table);
  CHECK(no_release.verify(manifest.shown(), fleet.digests) == Status::unsupported_algorithm);
  DelegatedAuthentication<Verifiers<host::sign::SodiumEd25519<1024>>> no_root(table);
  CHECK(no_root.verify(manifest.shown(), fleet.digests) == Status::unsupported_algorithm);
}

TEST_CASE("the hash unit that fails at the certificate lets nothing pass") {
  DelegatedFleet fleet;
  fleet.unit.fails = true;
  CHECK(verify(fleet, fleet.release, entries_with(fleet.honest())) == Status::unsupported_digest);
}

TEST_CASE("it costs no RAM beside the plain policy, and it is a policy") {
  static_assert(sizeof(Policy) == sizeof(CoseAuthentication<EveryDelegate>), "");
  static_assert(check_authentication_policy<Policy, HashUnitDigests>(), "");
  static_assert(check_authentication_policy<VerifyIfSigned<Policy>, AllDigests>(), "");
  CHECK(!Policy::kAllowsUnsigned);
}

TEST_CASE("a drill: the release key is stolen, its thief can do nothing that the root did not allow") {
  DelegatedFleet fleet;
  const Bytes certificate = fleet.honest();  // counters 10 to 20
  // The thief cannot raise the counter out of reach, nor sign for another family, nor revoke.
  CHECK(verify(fleet, fleet.release, entries_with(certificate, 0xFFFFFFFF)) == Status::outside_certificate);
  // The next release key takes over at 21. Its first update ends the stolen certificate on each device that
  // takes it; a revocation by the offline key is what ends it at once.
  const Bytes next =
      fleet.root.certificate(fleet.other_release.released(kReleaseNumber + 1, kReleaseFamily, 21, 30));
  CHECK(verify(fleet, fleet.other_release, entries_with(next, 21), 15) == Status::ok);
  CHECK(verify(fleet, fleet.release, entries_with(certificate, 20), 21) == Status::outside_certificate);
  // The root is lost: the other key of the table revokes it, and all it has ever certified.
  MadeManifest manifest(entries_with({}));
  REQUIRE(fleet.policy.verify(manifest.sign(fleet.revoker).shown(), fleet.digests) == Status::ok);
  std::uint32_t keys = 0;
  REQUIRE(fleet.policy.revocations(view(listed_thumbprint(fleet.root)), keys, fleet.digests) == Status::ok);
  fleet.policy.set_revoked(keys);
  CHECK(verify(fleet, fleet.other_release, entries_with(next, 21), 21) == Status::revoked_key);
  CHECK(verify(fleet, fleet.plain, entries_with({}, 22)) == Status::ok);
}
