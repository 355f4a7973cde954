// SPDX-License-Identifier: Apache-2.0
// What stands between the bytes that an update writes and a model that runs.
#include <doctest/doctest.h>

#include "support/device.hpp"
#include "support/make_patch.hpp"
#include "tmd/updater.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE(
    "what was written is read back before it is switched to, and never becomes active unless it is the "
    "target") {
  const Bytes base = random_bytes(9000, 1), target = random_bytes(10000, 2);
  const Bytes patch = make_patch(base, target);
  // A patch whose body decodes to something else than its manifest says, right in everything else.
  const Bytes broken_promise = patch_of_body(base, target, encoded(base, random_bytes(10000, 3)));
  for (const bool rots : {false, true}) {
    CAPTURE(rots);
    Device<> device(base);
    REQUIRE(device.updater().begin() == Status::ok);
    REQUIRE(device.feed(rots ? patch : broken_promise, pieces_of(500)) == Status::ready_to_finish);
    const std::uint32_t place = device.store().slot(SlotId::b).address + 1234;
    if (rots) const_cast<std::uint8_t*>(device.ram().data())[place] ^= 0x04;
    CHECK(until_done([&] { return device.updater().finish(); }) == Status::target_mismatch);
    CHECK_FALSE(device.updater().is_open());
    CHECK(device.active_bytes() == base);
    CHECK(device.restart() == Status::ok);
    CHECK(device.active_bytes() == base);
    CHECK(device.updater().resume() == Status::not_found);
    CHECK(device.update(patch) == Status::ok);
    CHECK(device.active_bytes() == target);
  }
}
