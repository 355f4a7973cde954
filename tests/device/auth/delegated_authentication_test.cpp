// SPDX-License-Identifier: Apache-2.0
#include "tmd/auth/delegated_authentication.hpp"

#include <doctest/doctest.h>

#include "device/auth/delegated_fleet.hpp"

using namespace tmd;
using namespace tmd::test;

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
  DelegatedPolicy policy(table);
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
  DelegatedPolicy policy(table);
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
  CHECK(tried >= honest.size() * (256 / step - 1));
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
  static_assert(sizeof(DelegatedPolicy) == sizeof(CoseAuthentication<EveryDelegate>), "");
  static_assert(check_authentication_policy<DelegatedPolicy, HashUnitDigests>(), "");
  static_assert(check_authentication_policy<VerifyIfSigned<DelegatedPolicy>, AllDigests>(), "");
  CHECK(!DelegatedPolicy::kAllowsUnsigned);
}
