// SPDX-License-Identifier: Apache-2.0
// The attacker's suite, second part: honest manifests with dishonest bodies, replays, revoked keys,
// encryption.
#include <doctest/doctest.h>

#include "fleet.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using FleetDevice = Device<FleetConfig>;

Bytes signed_front(const Update& update) {
  host::format::PatchParts parts = update.parts;
  parts.authenticated = true;
  const Bytes manifest = host::format::write_manifest(parts);
  return host::format::join_patch(manifest, fleet().daily.block_over(manifest), {});
}

Bytes signed_up() {
  return fleet().daily.sign(story().up.unsigned_patch());
}
Bytes signed_back() {
  return fleet().daily.sign(story().back.unsigned_patch());
}

}  // namespace

namespace {

Bytes with_flipped_bit(Bytes bytes, std::size_t bit) {
  bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1U << (bit % 8)));
  return bytes;
}

}  // namespace

TEST_CASE("no body under an honest manifest brings another target than the signed one") {
  const Bytes front = signed_front(story().up);
  const Bytes& body = story().up.body;
  Device<PatientConfig> device(story().v1);
  const std::size_t last_byte = (body.size() - 1) * 8;
  for (std::size_t bit = 0; bit < last_byte; bit += 3) {
    CAPTURE(bit);
    CHECK(is_error(refused_uncommitted(device, join({front, with_flipped_bit(body, bit)}))));
  }
  // The last bits of an arithmetic code may not matter: then the body is another spelling of the same target.
  for (std::size_t bit = last_byte; bit < last_byte + 8; ++bit) {
    CAPTURE(bit);
    FleetDevice fresh(story().v1);
    const bool refused = is_error(fresh.update(join({front, with_flipped_bit(body, bit)})));
    CHECK(fresh.active_bytes() == (refused ? story().v1 : story().v2));
  }
  for (unsigned seed = 0; seed < 50; ++seed) {
    CHECK(is_error(refused_uncommitted(device, join({front, random_bytes(body.size(), seed)}))));
  }
  CHECK(is_error(refused_uncommitted(device, join({front, Bytes(body.size(), 0)}))));
  CHECK(is_error(refused_uncommitted(device, join({front, Bytes(body.size(), 0xFF)}))));
  CHECK(device.update(join({front, body})) == Status::ok);
}

TEST_CASE("whoever can send but not sign wears out no more than a few bodies' worth") {
  const Bytes front = signed_front(story().up);
  FleetDevice device(story().v1);
  for (unsigned seed = 0; seed < FleetConfig<FleetDevice::Ram>::kMostAttempts; ++seed) {
    const Status status =
        refused_uncommitted(device, join({front, random_bytes(story().up.body.size(), seed)}));
    CHECK(status != Status::too_many_attempts);
  }
  for (unsigned seed = 100; seed < 200; ++seed) {
    const Bytes body = random_bytes(story().up.body.size(), seed);
    CHECK(refused_untouched(device, join({front, body})) == Status::too_many_attempts);
  }
  REQUIRE(device.restart() == Status::ok);
  CHECK(refused_untouched(device, join({front, story().up.body})) == Status::too_many_attempts);
  // Another signed manifest, or the application's word, is the way on.
  CHECK(device.store().allow_again() == Status::ok);
  CHECK(device.update(join({front, story().up.body})) == Status::ok);
}

TEST_CASE(
    "a patch that ends just after its signature changes nothing but the journal and waits for its body") {
  FleetDevice device(story().v1);
  const Bytes before = slots_of(device);
  const Bytes front = signed_front(story().up);
  CHECK(device.update(front) == Status::body_truncated);
  CHECK(slots_of(device) == before);
  CHECK(device.updater().abort() == Status::ok);
  for (std::size_t cut = 0; cut < front.size(); ++cut) {
    device.flash().reset_counters();
    CHECK(device.update(Bytes(front.begin(), front.begin() + static_cast<std::ptrdiff_t>(cut))) ==
          Status::body_truncated);
    CHECK(device.flash().counters().programs == 0);
    CHECK(device.updater().abort() == Status::ok);
  }
  CHECK(device.active_bytes() == story().v1);
}

TEST_CASE("a whole second patch in place of the body is body, and after it is left over") {
  FleetDevice device(story().v1);
  const Bytes front = signed_front(story().up);
  const Bytes second = fleet().daily.sign(story().back.unsigned_patch());
  CHECK(is_error(refused_uncommitted(device, join({front, second}))));
  REQUIRE(device.updater().begin() == Status::ok);
  const Bytes both = join({front, story().up.body, second});
  std::size_t taken = 0;
  for (Status status = Status::need_more; tmd::is_open(status) && status != Status::ready_to_finish;) {
    const FeedResult fed = device.updater().feed(view(both).from(taken));
    taken += fed.consumed;
    status = fed.status;
  }
  CHECK(taken == both.size() - second.size());
  CHECK(device.updater().finish() == Status::ok);
  CHECK(device.active_bytes() == story().v2);
}

TEST_CASE("an old patch is refused after the update, whether or not it fits the model") {
  FleetDevice device(story().v1);
  REQUIRE(device.update(signed_up()) == Status::ok);
  CHECK(refused_untouched(device, signed_back()) == Status::downgrade);
  const Status replayed = device.update(signed_up());
  CHECK((replayed == Status::wrong_base || replayed == Status::wrong_base_length));
  REQUIRE(device.restart() == Status::ok);
  CHECK(refused_untouched(device, signed_back()) == Status::downgrade);
  CHECK(device.active_bytes() == story().v2);
  CHECK(device.update(fleet().daily.sign(story().onward.unsigned_patch())) == Status::ok);
}

TEST_CASE("a trial that is reverted does not lower the counter") {
  Device<FleetTrialConfig> device(story().v1);
  REQUIRE(device.update(signed_up()) == Status::ok);
  REQUIRE(device.store().snapshot().state == ModelState::trial);
  REQUIRE(device.store().revert() == Status::ok);
  REQUIRE(device.restart() == Status::ok);
  CHECK(device.active_bytes() == story().v1);
  CHECK(device.store().snapshot().security_counter == 20);
  // From v1, a patch of an age between the two.
  const Update between(story().v1, story().v3, fleet_entries(3, 19));
  CHECK(refused_untouched(device, fleet().daily.sign(between.unsigned_patch())) == Status::downgrade);
  const Update mended(story().v1, story().v3, fleet_entries(3, 20));
  CHECK(device.update(fleet().daily.sign(mended.unsigned_patch())) == Status::ok);
}

namespace {
Update revoking(Bytes from, Bytes to, std::uint16_t version, const NamedKey& revoked) {
  auto entries = fleet_entries(version, 20);
  entries.push_back({EntryNumber::revoked_keys, true, listed_identifier(revoked)});
  return Update(std::move(from), std::move(to), std::move(entries));
}
}  // namespace

TEST_CASE("a key that a newer manifest revokes is of no use from the commit on, for ever") {
  Device<FleetTrialConfig> device(story().v1);
  const Update revocation = revoking(story().v1, story().v2, 2, fleet().daily);
  REQUIRE(device.update(fleet().offline.sign(revocation.unsigned_patch())) == Status::ok);
  REQUIRE(device.restart() == Status::ok);
  REQUIRE(device.store().confirm() == Status::ok);
  CHECK(refused_untouched(device, fleet().daily.sign(story().onward.unsigned_patch())) ==
        Status::revoked_key);
  REQUIRE(device.update(fleet().release.sign(story().onward.unsigned_patch())) == Status::ok);
  REQUIRE(device.store().revert() == Status::ok);
  REQUIRE(device.restart() == Status::ok);
  CHECK(refused_untouched(device, fleet().daily.sign(story().onward.unsigned_patch())) ==
        Status::revoked_key);
}

TEST_CASE("a revocation counts only with the right to it, and only once its update is committed") {
  FleetDevice device(story().v1);
  const Update revocation = revoking(story().v1, story().v2, 2, fleet().release);
  CHECK(refused_untouched(device, fleet().daily.sign(revocation.unsigned_patch())) == Status::unknown_key);
  const Update of_itself = revoking(story().v1, story().v2, 2, fleet().offline);
  CHECK(refused_untouched(device, fleet().offline.sign(of_itself.unsigned_patch())) == Status::unknown_key);

  Bytes spoiled = fleet().offline.sign(revocation.unsigned_patch());
  spoiled.back() ^= 0xFF;
  const Status status = refused_uncommitted(device, spoiled);
  CHECK(is_error(status));
  CHECK(device.store().snapshot().revoked_keys == 0);
  CHECK(device.update(fleet().release.sign(story().up.unsigned_patch())) == Status::ok);
}

TEST_CASE("plain and encrypted patches of the same models leave the same flash") {
  const Bytes plain = story().up.unsigned_patch();
  const Bytes encrypted =
      host::sign::encrypt_patch(view(plain), fleet().body_secret, view(fleet().body_identifier));
  for (std::size_t piece : {1U, 7U, 64U, 5000U}) {
    FleetDevice first(story().v1), second(story().v1);
    CHECK(first.update(fleet().daily.sign(plain), pieces_of(piece)) == Status::ok);
    CHECK(second.update(fleet().daily.sign(encrypted), pieces_of(piece)) == Status::ok);
    CHECK(second.active_bytes() == story().v2);
    CHECK(slots_of(first) == slots_of(second));
  }
}

TEST_CASE("an encrypted update goes on after a restart at any byte") {
  const Bytes plain = story().up.unsigned_patch();
  const Bytes patch = fleet().daily.sign(
      host::sign::encrypt_patch(view(plain), fleet().body_secret, view(fleet().body_identifier)));
  for (std::size_t cut = 1; cut < patch.size(); cut += 5) {
    CAPTURE(cut);
    FleetDevice device(story().v1);
    REQUIRE(device.updater().begin() == Status::ok);
    const Bytes before(patch.begin(), patch.begin() + static_cast<std::ptrdiff_t>(cut));
    REQUIRE(!is_error(device.feed(before, pieces_of(33))));
    REQUIRE(device.restart() == Status::ok);
    std::size_t offset = 0;
    if (device.updater().resume() == Status::ok) {
      offset = device.updater().resume_offset();
    } else {
      REQUIRE(device.updater().begin() == Status::ok);
    }
    CHECK(!is_error(device.feed(patch, pieces_of(33), offset)));
    CHECK(device.updater().finish() == Status::ok);
    CHECK(device.active_bytes() == story().v2);
  }
}

TEST_CASE("a body that this device cannot decrypt is refused before anything is written") {
  const Bytes plain = story().up.unsigned_patch();
  FleetDevice device(story().v1);
  const Bytes before = slots_of(device);
  const Bytes other_key = host::sign::encrypt_patch(view(plain), fleet().body_secret, view(text("another")));
  device.flash().reset_counters();
  CHECK(device.update(fleet().daily.sign(other_key)) == Status::cipher_failure);
  CHECK(device.flash().counters().programs == 0);
  CHECK(device.flash().counters().erases == 0);
  // Of the right name but with another secret: the body is noise, and ends as a dishonest body does.
  const host::sign::SecretBytes other_secret(random_bytes(16, 78));
  const Bytes noise = host::sign::encrypt_patch(view(plain), other_secret, view(fleet().body_identifier));
  CHECK(is_error(refused_uncommitted(device, fleet().daily.sign(noise))));
  CHECK(device.active_bytes() == story().v1);
}

TEST_CASE("firmware without a cipher says so") {
  Device<> device(story().v1);
  const Bytes encrypted = host::sign::encrypt_patch(view(story().up.unsigned_patch()), fleet().body_secret,
                                                    view(fleet().body_identifier));
  device.flash().reset_counters();
  CHECK(device.update(encrypted) == Status::unsupported_algorithm);
  CHECK(device.flash().counters().programs == 0);
}
