// SPDX-License-Identifier: Apache-2.0
// What a cipher that fails in the middle of a body costs a device with two slots.
#include <doctest/doctest.h>

#include "device/key_store.hpp"
#include "support/device.hpp"
#include "support/make_patch.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

template <class Flash>
struct EncryptedConfig : UnsignedConfig<Flash> {
  using Cipher = KeyStore;
};
using Encrypted = Device<EncryptedConfig>;

struct EncryptedUpdate {
  Bytes base = random_bytes(30000, 1), target = random_bytes(30000, 2), patch;
  Encrypted device{base};
  Status answer = Status::ok;

  EncryptedUpdate() {
    const host::EncodedBody body = encoded(base, target);
    host::format::PatchParts parts = parts_of_body(base, target, body, DigestKind::crc32);
    encrypt(parts);
    patch = host::format::join_patch(host::format::write_manifest(parts), {}, body.bytes);
    Encrypted::TestUpdater::Policies policies;
    policies.cipher.answer = &answer;
    device.updater().attach(device.store(), policies);
  }
  Status feed(std::size_t from) { return device.feed(patch, pieces_of(97), from); }
  /// The body's first half comes well; then the cipher answers so.
  Status fail_half_way(Status failure) {
    REQUIRE(device.updater().begin() == Status::ok);
    const FeedResult fed = device.updater().feed(view(patch).first(patch.size() / 2));
    REQUIRE(fed.status == Status::need_more);
    answer = failure;
    const Status status = feed(device.updater().resume_offset());
    answer = Status::ok;
    return status;
  }
};

}  // namespace

TEST_CASE("a crypto library without memory costs what came since the last checkpoint, and no attempt") {
  EncryptedUpdate update;
  Encrypted& device = update.device;
  CHECK(update.fail_half_way(Status::out_of_memory) == Status::out_of_memory);
  CHECK_FALSE(device.updater().is_open());
  for (int tries = 0; tries < 20; ++tries) {
    REQUIRE(device.updater().resume() == Status::ok);
    REQUIRE(device.updater().resume_offset() > update.patch.size() / 4);
    update.answer = Status::out_of_memory;
    CHECK(update.feed(device.updater().resume_offset()) == Status::out_of_memory);
    update.answer = Status::ok;
  }
  REQUIRE(device.updater().resume() == Status::ok);
  REQUIRE(update.feed(device.updater().resume_offset()) == Status::ready_to_finish);
  CHECK(until_done([&] { return device.updater().finish(); }) == Status::ok);
  CHECK(device.active_bytes() == update.target);
}

TEST_CASE("a cipher that refuses ends the update: there is nothing to go on with") {
  EncryptedUpdate update;
  CHECK(update.fail_half_way(Status::cipher_failure) == Status::cipher_failure);
  CHECK(update.device.updater().resume() == Status::not_found);
  CHECK(update.device.update(update.patch) == Status::ok);
  CHECK(update.device.active_bytes() == update.target);
}
