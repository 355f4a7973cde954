// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "device/auth/delegated_fleet.hpp"

using namespace tmd;
using namespace tmd::test;

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
    DelegatedPolicy policy(table);
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
    DelegatedPolicy other(other_table);
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
