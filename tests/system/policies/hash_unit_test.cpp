// SPDX-License-Identifier: Apache-2.0
// A device whose digests are computed by a hash peripheral behind a handle: boot, both digests, the signature's
// hash, a revocation's thumbprint, all by the one unit, and one message at a time.
#include "support/hash_unit.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "sign/crypto_library.hpp"
#include "support/made_manifest.hpp"
#include "support/signed_patches.hpp"
#include "support/unsigned_config.hpp"
#include "tmd/auth/psa/psa_es256.hpp"
#include "tmd/flash/ram_flash.hpp"
#include "tmd/updater.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

constexpr std::uint32_t kSlot = 8192, kJournal = 16384;
using Flash = RamFlash<2 * kSlot + kJournal, 1024, 4>;

struct Keys {
  NamedKey release{CoseAlgorithm::es256, "release"}, lost{CoseAlgorithm::es256, ""};
  TrustedKey table[2] = {release.trusted(0, true), lost.trusted(1)};
};
const Keys& keys() {
  static const Keys made;
  return made;
}
struct Trust : CoseAuthentication<Verifiers<PsaEs256>> {
  Trust() : CoseAuthentication(keys().table) { host::sign::start_crypto_library(); }
};
struct SignedConfig : UnsignedConfig<Flash> {
  using Authentication = Trust;
  using Digests = HashUnitDigests;
};
struct OpenConfig : UnsignedConfig<Flash> {
  using Digests = HashUnitDigests;
};

template <class Config>
class HashingDevice {
 public:
  explicit HashingDevice(const Bytes& model) {
    Bytes padded = model;
    padded.resize((padded.size() + 3) / 4 * 4, 0xFF);
    REQUIRE(flash_->program(0, view(padded)) == Status::ok);
    factory_.length = static_cast<std::uint32_t>(model.size());
    factory_.digest = digest_of(DigestKind::sha256, view(model));
    store_->attach(*flash_, Layout{{0, kSlot}, {kSlot, kSlot}, {2 * kSlot, kJournal}});
  }
  Status boot() { return store_->boot(factory_); }
  Status start() {
    store_->use_digests(digests_);
    updater_->attach(*store_);
    return boot();
  }
  Status update(const Bytes& patch) {
    Status status = updater_->begin();
    for (std::size_t at = 0; status == Status::ok || (tmd::is_open(status) && at < patch.size());) {
      const FeedResult fed = updater_->feed(view(patch).slice(at, 50));
      at += fed.consumed;
      status = fed.status;
    }
    return is_error(status) ? status : updater_->finish();
  }
  ModelStore<Config>& store() { return *store_; }
  HashUnit& unit() { return unit_; }

 private:
  HashUnit unit_;
  HashUnitDigests digests_{unit_};
  FactoryModel factory_;
  std::unique_ptr<Flash> flash_ = std::make_unique<Flash>();
  std::unique_ptr<ModelStore<Config>> store_ = std::make_unique<ModelStore<Config>>();
  std::unique_ptr<Updater<Config>> updater_ = std::make_unique<Updater<Config>>();
};

const Bytes kBase = random_bytes(5000, 1), kTarget = retrained(kBase, 2);

}  // namespace

TEST_CASE("without its hash unit a store does not boot") {
  HashingDevice<OpenConfig> device(kBase);
  CHECK(device.boot() == Status::wrong_state);
  CHECK(device.start() == Status::ok);
}

TEST_CASE("an update computes both digests in the unit, whole and one after the other") {
  for (const DigestKind kind : {DigestKind::crc32, DigestKind::sha256}) {
    HashingDevice<OpenConfig> device(kBase);
    REQUIRE(device.start() == Status::ok);
    CHECK(device.unit().begins == 1);  // the factory model
    CHECK(device.update(Update(kBase, kTarget, {}, kind).unsigned_patch()) == Status::ok);
    CHECK(device.unit().begins == 3);  // the base and the target
    CHECK(device.store().verify_active() == Status::ok);
    CHECK(device.unit().begins == 4);
    CHECK(device.unit().finishes == device.unit().begins);
    CHECK(device.unit().overlaps == 0);
    CHECK(device.unit().given_up == 0);
  }
}

TEST_CASE("the signature's hash and a revocation's thumbprints are the unit's, too") {
  HashingDevice<SignedConfig> device(kBase);
  REQUIRE(device.start() == Status::ok);
  const Update update(kBase, kTarget, {{EntryNumber::revoked_keys, true, listed_thumbprint(keys().lost)}});
  CHECK(device.update(keys().release.sign(update.unsigned_patch())) == Status::ok);
  CHECK(device.store().snapshot().revoked_keys == 1U << 1);
  CHECK(device.unit().begins == 1 + 1 + 2 + 2);  // factory, signature, two thumbprints, base and target
  CHECK(device.unit().finishes == device.unit().begins);
  CHECK(device.unit().overlaps == 0);
}

TEST_CASE("a unit that fails lets no patch in and no model be switched to") {
  HashingDevice<SignedConfig> device(kBase);
  REQUIRE(device.start() == Status::ok);
  const Bytes patch = keys().release.sign(Update(kBase, kTarget).unsigned_patch());
  device.unit().fails = true;
  CHECK(device.update(patch) == Status::unsupported_digest);
  CHECK(device.store().verify_active() == Status::target_mismatch);
  device.unit().fails = false;
  CHECK(device.update(patch) == Status::ok);
}
