// SPDX-License-Identifier: Apache-2.0
// Keys out of a key store, and what a device says that was not provisioned.
#include <doctest/doctest.h>

#include "sign/crypto_library.hpp"
#include "support/made_manifest.hpp"
#include "tmd/auth/authentication.hpp"
#include "tmd/auth/psa/psa_es256.hpp"
#include "tmd/auth/psa/psa_mac.hpp"
#include "tmd/digest/digests.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using PsaVerifiers = Verifiers<PsaEs256, PsaHmacSha256>;

TrustedKey not_provisioned(const NamedKey& key, std::uint8_t number) {
  TrustedKey stored = key.trusted(number);
  stored.material = ConstBytes();
  stored.stored_key = 0x3FFF0001;
  return stored;
}

struct Check {
  NamedKey key;
  MadeManifest manifest;
  AllDigests digests;

  explicit Check(CoseAlgorithm algorithm) : key(algorithm, "daily") { host::sign::start_crypto_library(); }
  template <std::size_t kCount>
  Status with(const TrustedKey (&table)[kCount]) {
    CoseAuthentication<PsaVerifiers> authentication{table};
    return authentication.verify(manifest.sign(key).shown(), digests);
  }
};

}  // namespace

TEST_CASE("a key that was not provisioned is unknown, and keeps no other key of its name from being tried") {
  for (const CoseAlgorithm algorithm : {CoseAlgorithm::es256, CoseAlgorithm::hmac_sha256}) {
    Check check(algorithm);
    const NamedKey other(algorithm, "daily");
    const TrustedKey absent = not_provisioned(check.key, 1);
    CHECK(check.with({absent}) == Status::unknown_key);
    CHECK(check.with({absent, check.key.trusted(0)}) == Status::ok);
    // A signature that a key did not verify is told all the same.
    CHECK(check.with({absent, other.trusted(0)}) == Status::bad_signature);
    CHECK(check.with({other.trusted(0), absent}) == Status::bad_signature);
  }
}
