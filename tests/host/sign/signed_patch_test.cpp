// SPDX-License-Identifier: Apache-2.0
#include "sign/signed_patch.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "support/signed_patches.hpp"
#include "tmd/auth/psa/psa_aes_ctr.hpp"
#include "tmd/internal/format/format2.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {
const Bytes kBase = random_bytes(3000, 1);

Bytes plain_patch(DigestKind kind = DigestKind::sha256) {
  return Update(kBase, retrained(kBase, 2), {{EntryNumber::security_counter, false, counter_value(7)}}, kind)
      .unsigned_patch();
}
}  // namespace

TEST_CASE("a patch signed with any kind of key verifies with that key and no other") {
  for (const CoseAlgorithm algorithm :
       {CoseAlgorithm::es256, CoseAlgorithm::eddsa, CoseAlgorithm::hmac_sha256, CoseAlgorithm::aes_cmac}) {
    const NamedKey key(algorithm, "k1"), other(algorithm, "k1");
    const Bytes patch = key.sign(plain_patch());
    CHECK(host::sign::verify_signature(view(patch), key.verification, view(key.identifier)) == Status::ok);
    CHECK(host::sign::verify_signature(view(patch), other.verification, view(key.identifier)) ==
          Status::bad_signature);
    CHECK(host::sign::verify_signature(view(patch), key.verification, view(text("k2"))) ==
          Status::unknown_key);
    CHECK(host::sign::signer_identifier(view(patch), key.verification) == key.identifier);
    CHECK(host::sign::sign_patch(view(patch), key.key, view(key.identifier)) ==
          patch);  // deterministic, and replaces
  }
}

TEST_CASE("signing in two steps gives the same patch as signing in one, also from a DER signature") {
  const NamedKey key(CoseAlgorithm::es256, "k1");
  const Bytes patch = plain_patch();
  const Bytes message = host::sign::prepare_signature(view(patch), CoseAlgorithm::es256);
  const Bytes signature = host::sign::sign_message(key.key, view(message));
  const Bytes attached =
      host::sign::attach_signature(view(patch), CoseAlgorithm::es256, view(key.identifier), view(signature));
  CHECK(attached == key.sign(patch));

  const auto integer = [](Bytes value) {  // DER: shortest, not negative
    while (value.size() > 1 && value[0] == 0) value.erase(value.begin());
    if (value[0] >= 0x80) value.insert(value.begin(), 0);
    return join({Bytes{0x02, static_cast<std::uint8_t>(value.size())}, value});
  };
  const Bytes both = join({integer(Bytes(signature.begin(), signature.begin() + 32)),
                           integer(Bytes(signature.begin() + 32, signature.end()))});
  const Bytes der = join({Bytes{0x30, static_cast<std::uint8_t>(both.size())}, both});
  CHECK(host::sign::attach_signature(view(patch), CoseAlgorithm::es256, view(key.identifier), view(der)) ==
        attached);
  CHECK_THROWS_AS(
      (void)host::sign::attach_signature(view(patch), CoseAlgorithm::es256, {}, view(join({der, Bytes{0}}))),
      host::Error);
  CHECK_THROWS_AS((void)host::sign::attach_signature(view(patch), CoseAlgorithm::eddsa, {}, view(der)),
                  host::Error);
}

TEST_CASE("what cannot be signed safely is refused") {
  const NamedKey key(CoseAlgorithm::eddsa, "k1");
  CHECK_THROWS_AS((void)key.sign(plain_patch(DigestKind::crc32)), host::Error);
  CHECK_THROWS_AS((void)key.sign(Bytes{1, 2, 3}), host::Error);
  CHECK_THROWS_AS((void)key.sign(Bytes{}), host::Error);
  Bytes cut = plain_patch();
  cut.pop_back();
  CHECK_THROWS_AS((void)key.sign(cut), host::Error);
}

TEST_CASE("an unsigned patch does not verify") {
  const NamedKey key(CoseAlgorithm::eddsa, "k1");
  CHECK(host::sign::verify_signature(view(plain_patch()), key.verification, {}) == Status::unsigned_patch);
}

TEST_CASE("an encrypted patch hides its body, keeps its entries, and decrypts on the device") {
  const host::sign::SecretBytes secret(random_bytes(16, 9));
  const Bytes identifier = text("body-1");
  const Bytes plain = plain_patch();
  const Bytes encrypted = host::sign::encrypt_patch(view(plain), secret, view(identifier));
  Manifest before, after;
  REQUIRE(format2::parse(view(plain), before) == Status::ok);
  REQUIRE(format2::parse(view(encrypted), after) == Status::ok);
  CHECK(after.encrypted);
  const Bytes clear(plain.begin() + before.body_offset, plain.end());
  Bytes body(encrypted.begin() + after.body_offset, encrypted.end());
  CHECK(body.size() == clear.size());
  CHECK(body != clear);

  EntryReader entries(view(encrypted).slice(after.entries_offset, after.entries_size));
  Entry entry;
  REQUIRE(entries.next(entry) == Status::ok);
  CHECK(entry.number == EntryNumber::security_counter);
  REQUIRE(entries.next(entry) == Status::ok);
  CHECK(entry.number == EntryNumber::cipher);
  CHECK(entry.critical);
  const CipherKey keys[] = {{view(identifier), secret.view()}};
  PsaAesCtr cipher(keys);
  REQUIRE(cipher.begin(entry.value) == Status::ok);
  REQUIRE(cipher.decrypt(0, MutableBytes(body.data(), body.size())) == Status::ok);
  CHECK(body == clear);

  CHECK(host::sign::encrypt_patch(view(plain), secret, view(identifier)) !=
        encrypted);  // a fresh counter block each time
  CHECK_THROWS_AS((void)host::sign::encrypt_patch(view(encrypted), secret, {}), host::Error);
  const NamedKey key(CoseAlgorithm::eddsa, "k1");
  CHECK_THROWS_AS((void)host::sign::encrypt_patch(view(key.sign(plain)), secret, {}), host::Error);
  CHECK(host::sign::verify_signature(view(key.sign(encrypted)), key.verification, view(key.identifier)) ==
        Status::ok);
}

TEST_CASE("a patch with a certificate is signed by its key alone, under its identifier, for its counters") {
  const NamedKey root(CoseAlgorithm::eddsa, "root"), release(CoseAlgorithm::es256, "r1"),
      other(CoseAlgorithm::es256, "r1");
  const auto with = [&](std::uint32_t first, std::uint32_t last, const Bytes& family = {}) {
    return host::sign::with_certificate(view(plain_patch()),  // which has counter 7
                                        view(root.certificate(release.released(2, family, first, last))));
  };
  const Bytes patch = with(7, 7);
  CHECK(host::sign::signer_identifier(view(release.sign(patch)), release.verification) == release.identifier);
  CHECK_THROWS_WITH_AS((void)other.sign(patch), doctest::Contains("for another key or identifier"),
                       host::Error);
  CHECK_THROWS_WITH_AS((void)host::sign::sign_patch(view(patch), release.key, view(text("r2"))),
                       doctest::Contains("for another key or identifier"), host::Error);
  CHECK_THROWS_WITH_AS((void)release.sign(with(8, 9)),
                       doctest::Contains("security counters 8 to 9; the patch has counter 7"), host::Error);
  CHECK_THROWS_WITH_AS((void)release.sign(with(1, 6)),
                       doctest::Contains("security counters 1 to 6; the patch has counter 7"), host::Error);
  CHECK_THROWS_WITH_AS((void)release.sign(with(7, 7, Bytes(16, 1))), doctest::Contains("for one family and"),
                       host::Error);
  // Before a hardware module is asked for anything.
  CHECK_NOTHROW((void)host::sign::prepare_signature(view(patch), CoseAlgorithm::es256));
  CHECK_THROWS_WITH_AS((void)host::sign::prepare_signature(view(with(8, 9)), CoseAlgorithm::es256),
                       doctest::Contains("security counters 8 to 9"), host::Error);
  CHECK_THROWS_WITH_AS((void)host::sign::prepare_signature(view(patch), CoseAlgorithm::eddsa),
                       doctest::Contains("for a key of es256, not of ed25519"), host::Error);
}
