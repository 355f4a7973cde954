// SPDX-License-Identifier: Apache-2.0
// The staging area is used for something else while its patch is being applied: an application lets its link do so.
#include "tmd/internal/in_place/staged_input.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "device/one_slot_steps.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

struct Swap {
  Bytes base = random_bytes(5000, 1);
  Bytes target = base;
  Bytes patch;
  Bytes other;

  Swap() {
    const Bytes changed = random_bytes(2500, 2);
    std::copy(changed.begin(), changed.end(), target.begin() + 1500);
    patch = make_in_place(base, target, {256, 3, 2});
    other = patch;
    for (std::size_t at = other.size() / 3; at < other.size(); ++at) other[at] ^= 0x5A;
  }
  /// A device in the middle of overwriting its model: `calls` of apply behind the point of no return.
  void begin(OneSlot& device, unsigned calls) const {
    stage(device);
    overwrite(device, 0);
    for (unsigned i = 0; i < calls && device.store().is_being_overwritten(); ++i)
      (void)device.updater().apply();
  }
  void send(OneSlot& device, const Bytes& bytes, std::uint32_t identity) const {
    device.patch().bytes = bytes;
    device.patch().plan.patch_length = static_cast<std::uint32_t>(bytes.size());
    device.patch().plan.identity = identity;
    REQUIRE(device.receive() == Status::ok);
  }
};

}  // namespace

TEST_CASE("another patch that is staged while the right one is applied is never decoded") {
  const Swap swap;
  unsigned refused = 0;
  for (unsigned calls = 0; calls < 200; calls += 3) {
    CAPTURE(calls);
    OneSlot device(swap.base, swap.patch);
    swap.begin(device, calls);
    if (!device.store().is_being_overwritten()) break;
    swap.send(device, swap.other, 8);
    const Status status = device.apply();
    if (status != Status::ok) {
      CHECK(status == Status::manifest_corrupt);
      CHECK(device.store().active().state == ModelState::updating);
      swap.send(device, swap.patch, 9);
      CHECK(device.apply() == Status::ok);
      ++refused;
    }
    CHECK(device.active_bytes() == swap.target);
  }
  CHECK(refused > 10);
}
