// SPDX-License-Identifier: Apache-2.0
// Certificates of any bytes. Whatever is read lies within them and has one spelling; and whatever a trusted root
// signs, a manifest is believed only of the key, the family and the counters that the certificate says.
//
// Input: u8 shape, then bytes. Shape 0: they are the certificate. Else they are its payload, signed by the root,
// in a manifest that the release key signs; the shape is the manifest's counter.
#include <cstdio>
#include <cstdlib>

#include "format/container.hpp"
#include "sign/certificate.hpp"
#include "sign/cose_writer.hpp"
#include "sign/crypto_library.hpp"
#include "sign/signer.hpp"
#include "sign/sodium_ed25519.hpp"
#include "tmd/auth/delegated_authentication.hpp"
#include "tmd/auth/freshness.hpp"
#include "tmd/internal/format/format2.hpp"

namespace {

using namespace tmd;
using host::Bytes;

constexpr std::size_t kMaxMessage = 4096;
constexpr std::uint8_t kRootNumber = 0;
constexpr std::uint8_t kFamily[Uuid::kSize] = {1, 2, 3};

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

host::sign::SigningKey key_of(std::uint8_t seed) {
  host::sign::SigningKey key;
  key.algorithm = CoseAlgorithm::eddsa;
  key.secret = host::sign::SecretBytes(Bytes(32, seed));
  return key;
}

struct Keys {
  host::sign::SigningKey root = key_of(1), release = key_of(2);
  host::sign::VerificationKey root_public = host::sign::verification_key_of(root);
  host::sign::VerificationKey release_public = host::sign::verification_key_of(release);
};
const Keys& keys() {
  static const Keys made;
  return made;
}

bool lies_within(ConstBytes part, ConstBytes whole) {
  return part.empty() || (part.begin() >= whole.begin() && part.end() <= whole.end());
}

Bytes sign(const host::sign::SigningKey& key, ConstBytes payload) {
  return host::sign::sign_message(key, host::view(host::sign::bytes_to_sign(key.algorithm, payload)));
}

void check_spelling(ConstBytes bytes) {
  Certificate certificate;
  const Status status = parse_certificate(bytes, certificate);
  require(status == Status::ok || status == Status::malformed_certificate, "one of two answers");
  if (status != Status::ok) return;
  for (const ConstBytes& part :
       {certificate.payload, certificate.family, certificate.identifier, certificate.material,
        certificate.message.key_identifier, certificate.message.signature}) {
    require(lies_within(part, bytes), "views lie within the certificate");
  }
  require(certificate.number < kMaxTrustedKeys && certificate.first <= certificate.last,
          "claims are in bounds");
  const host::sign::ReleaseKey release{certificate.number,
                                       host::to_bytes(certificate.family),
                                       certificate.first,
                                       certificate.last,
                                       certificate.algorithm,
                                       host::to_bytes(certificate.identifier),
                                       host::to_bytes(certificate.material)};
  const Bytes signed_bytes = host::sign::prepare_certificate(release, CoseAlgorithm::eddsa);
  require(signed_bytes == host::sign::bytes_to_sign(CoseAlgorithm::eddsa, certificate.payload),
          "one meaning, one encoding");
}

Bytes manifest_with(const Bytes& certificate, std::uint32_t counter) {
  host::format::PatchParts parts;
  parts.base.kind = parts.target.kind = DigestKind::sha256;
  parts.authenticated = true;
  Bytes counter_value(4);
  store_le32(counter_value.data(), counter);
  parts.entries = {{EntryNumber::security_counter, false, counter_value},
                   {EntryNumber::family, false, Bytes(kFamily, kFamily + sizeof(kFamily))},
                   {EntryNumber::certificate, false, certificate}};
  return host::format::write_manifest(parts);
}

void check_belief(std::uint8_t counter, ConstBytes payload) {
  const Bytes certificate = host::sign::write_cose_attached(CoseAlgorithm::eddsa, {}, payload,
                                                            host::view(sign(keys().root, payload)));
  const Bytes manifest = manifest_with(certificate, counter);
  Certificate claims;
  const bool is_well_formed = parse_certificate(host::view(certificate), claims) == Status::ok;
  const Bytes block = host::sign::write_cose(CoseAlgorithm::eddsa, claims.identifier,
                                             host::view(sign(keys().release, host::view(manifest))));
  const Bytes patch = host::format::join_patch(manifest, block, {});
  Manifest parsed;
  require(format2::parse(host::view(patch), parsed) == Status::ok, "the manifest is well-formed");

  const TrustedKey table[] = {
      {kRootNumber, CoseAlgorithm::eddsa, {}, keys().root_public.material.view(), false, 0, true}};
  DelegatedAuthentication<Verifiers<host::sign::SodiumEd25519<kMaxMessage>>> policy(table);
  AllDigests digests;
  const ConstBytes front = host::view(patch);
  const Status status = policy.verify(
      {front.first(parsed.signed_size), front.slice(parsed.authentication_offset, parsed.authentication_size),
       front.slice(parsed.entries_offset, parsed.entries_size)},
      digests);
  const bool allowed = is_well_formed && claims.number != kRootNumber &&
                       claims.algorithm == CoseAlgorithm::eddsa && counter >= claims.first &&
                       counter <= claims.last &&
                       equal_bytes(claims.material, keys().release_public.material.view()) &&
                       (claims.family.empty() || equal_bytes(claims.family, ConstBytes(kFamily)));
  require((status == Status::ok) == allowed, "believed is what the certificate allows, and nothing else");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > kMaxMessage / 2) return 0;
  host::sign::start_crypto_library();
  const ConstBytes bytes(data + 1, size - 1);
  if (data[0] == 0) {
    check_spelling(bytes);
  } else {
    check_belief(data[0], bytes);
  }
  return 0;
}
