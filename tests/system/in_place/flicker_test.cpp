// SPDX-License-Identifier: Apache-2.0
// Power that comes back for a moment only, many times, while the only model is being overwritten.
#include <doctest/doctest.h>

#include "device/one_slot_steps.hpp"
#include "support/power_cut.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

constexpr unsigned kFlickers = 10;

/// One session that power cuts in the operation with this number. True where it came so far.
template <class Device>
bool is_cut(Device& device, std::uint32_t operation, Cut cut) {
  device.flash().reset_operations();
  device.flash().cut_at(operation, cut);
  try {
    if (device.boot() == Status::updating &&
        patiently([&] { return device.staging().reopen(); }) == Status::ok)
      (void)device.apply();
  } catch (const PowerCut&) {
    device.flash().reboot();
    return true;
  }
  return false;
}

}  // namespace

TEST_CASE(
    "ten restarts in a row that power cuts while the model is overwritten cost time, and not the model") {
  const InPlacePair pair;
  unsigned lives = 0;
  for (const unsigned calls : {3U, 20U, 60U, 90U}) {
    for (std::uint32_t operation = 0; operation < 40; ++operation) {
      CAPTURE(calls);
      CAPTURE(operation);
      OneSlot device = pair.device();
      REQUIRE(device.boot() == Status::ok);
      REQUIRE(device.receive() == Status::ok);
      overwrite(device, calls);
      Chance chance(calls * 100 + operation);
      for (unsigned i = 0; i < kFlickers; ++i) {
        const auto position = static_cast<CutPosition>(chance.below(kCutPositions));
        if (!is_cut(device, operation, {position, static_cast<Torn>(chance.below(kTornKinds))})) break;
      }
      device.flash().reset_operations();
      Status status = device.boot();
      if (status == Status::updating && patiently([&] { return device.staging().reopen(); }) == Status::ok)
        status = device.apply();
      CHECK(status == Status::ok);
      CHECK(device.active_bytes() == pair.target);
      ++lives;
    }
  }
  CHECK(lives == 160);
}
