// SPDX-License-Identifier: Apache-2.0
// Power that comes back for a moment only, many times, while the only model is being overwritten.
#include <doctest/doctest.h>

#include "device/one_slot_steps.hpp"
#include "support/power_cut.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

constexpr unsigned kFlickers = 200;

/// One session. not_found: a fragment of the staged patch is gone.
template <class Device>
Status live_on(Device& device) {
  Status status = device.boot();
  if (status != Status::updating) return status;
  status = patiently([&] { return device.staging().reopen(); });
  return status == Status::ok ? device.apply() : status;
}

/// The life of a device that comes back so many times for a moment only, each time up to the operation with this
/// number, or one before it. At the end it goes on undisturbed.
template <class Device>
class Flickers {
 public:
  Flickers(Device& device, std::uint32_t operation)
      : device_(device), operation_(operation), chance_(operation + 1) {}

  /// How many of them power cut.
  unsigned cut() {
    unsigned cuts = 0;
    for (unsigned i = 0; i < kFlickers; ++i) {
      const std::uint32_t here = i % 3 == 2 ? chance_.below(operation_ + 1) : operation_;
      if (is_cut(here)) ++cuts;
    }
    device_.flash().reset_operations();
    return cuts;
  }

 private:
  bool is_cut(std::uint32_t operation) {
    device_.flash().reset_operations();
    device_.flash().cut_at(operation, a_cut());
    try {
      (void)live_on(device_);
    } catch (const PowerCut&) {
      device_.flash().reboot();
      return true;
    }
    device_.flash().reboot();
    return false;
  }
  Cut a_cut() {
    const auto position = static_cast<CutPosition>(chance_.below(kCutPositions));
    const auto torn = static_cast<Torn>(chance_.below(kTornKinds));
    const bool is_one_too_many = changes_by_itself(torn) && ++unstable_ > kMostUnstableCuts;
    return {position, is_one_too_many ? Torn::mixture : torn};
  }

  Device& device_;
  std::uint32_t operation_;
  Chance chance_;
  unsigned unstable_ = 0;
};

constexpr unsigned kBefore[] = {3, 20, 60, 90};
constexpr std::uint32_t kOperations = 40;

}  // namespace

TEST_CASE("any number of restarts in a row that power cuts while the model is overwritten cost only time") {
  const InPlacePair pair;
  unsigned cuts = 0;
  for (const unsigned calls : kBefore) {
    for (std::uint32_t operation = 0; operation < kOperations; operation += 3) {
      CAPTURE(calls);
      CAPTURE(operation);
      OneSlot device = pair.device();
      REQUIRE(device.boot() == Status::ok);
      REQUIRE(device.receive() == Status::ok);
      overwrite(device, calls);
      cuts += Flickers(device, operation).cut();
      CHECK(live_on(device) == Status::ok);
      CHECK(device.active_bytes() == pair.target);
      CHECK(device.flash().violation() == "");
    }
  }
  MESSAGE("cuts: " << cuts);
  CHECK(cuts > 5000);
}

TEST_CASE("so do they while it is taken back") {
  const InPlacePair pair;
  const Bytes patch = make_reversible(pair.base, pair.target, kWindow);
  unsigned cuts = 0;
  for (const unsigned calls : kBefore) {
    for (std::uint32_t operation = 0; operation < kOperations; operation += 3) {
      CAPTURE(calls);
      CAPTURE(operation);
      ReversibleSlot device(pair.base, patch);
      REQUIRE(device.boot() == Status::ok);
      REQUIRE(device.receive() == Status::ok);
      REQUIRE(device.apply() == Status::ok);
      REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
      overwrite(device, calls);
      cuts += Flickers(device, operation).cut();
      CHECK(live_on(device) == Status::ok);
      CHECK(device.active_bytes() == pair.base);
      CHECK(device.store().active().state == ModelState::reverted);
    }
  }
  MESSAGE("cuts: " << cuts);
  CHECK(cuts > 5000);
}
