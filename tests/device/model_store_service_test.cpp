// SPDX-License-Identifier: Apache-2.0
// What stands between a device with two slots and a model to run: each time there is a way back to service.
#include <doctest/doctest.h>

#include "support/device.hpp"
#include "support/make_patch.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

template <class Flash>
struct Checking : UnsignedConfig<Flash> {
  static constexpr bool kBootCheck = true;
};
template <class Flash>
struct InShares : UnsignedConfig<Flash> {
  static constexpr std::uint32_t kWorkPerCall = 64;
};

}  // namespace

TEST_CASE("a model that a boot finds damaged on trial, with none to go back to, gives way to a full one") {
  const Bytes base = random_bytes(5000, 1), target = random_bytes(5000, 2);
  Device<Checking> device(base);
  REQUIRE(device.update(make_patch(base, target, DigestKind::sha256)) == Status::ok);
  REQUIRE(device.store().active().state == ModelState::trial);
  for (const Region& slot : {device.layout().slot_a, device.layout().slot_b})
    REQUIRE(device.ram().erase(slot.address) == Status::ok);
  REQUIRE(device.restart() == Status::model_damaged);
  CHECK(device.update(make_patch({}, target, DigestKind::sha256)) == Status::ok);
  CHECK(device.active_bytes() == target);
  CHECK(device.restart() == Status::ok);
  CHECK(device.active_bytes() == target);
}

TEST_CASE("a model that comes in while a wipe is unfinished is there after the next start, too") {
  const Bytes base = random_bytes(5000, 1), target = random_bytes(5000, 2);
  for (const unsigned calls : {1U, 5U, 50U}) {
    CAPTURE(calls);
    Device<InShares> device(base);
    for (unsigned i = 0; i < calls; ++i) REQUIRE(device.store().wipe() == Status::would_block);
    CHECK(device.update(make_patch({}, target, DigestKind::sha256)) == Status::ok);
    CHECK(device.active_bytes() == target);
    CHECK(device.restart() == Status::ok);
    CHECK(device.active_bytes() == target);
  }
}
