// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include "device/one_slot_steps.hpp"

namespace tmd::test {

template <class Device>
void put_on_trial(Device& device) {
  stage(device);
  REQUIRE(device.apply() == Status::ok);
  REQUIRE(device.store().active().state == ModelState::trial);
}

/// A device whose target is on trial.
struct OnTrial : ReversibleSlot {
  explicit OnTrial(const InPlacePair& pair) : OnTrial(pair, pair.reversible()) {}
  OnTrial(const InPlacePair& pair, const host::Bytes& patch) : ReversibleSlot(pair.base, patch) {
    put_on_trial(*this);
  }
};

/// The model that was there before is back, and for good.
inline void check_is_back(ReversibleSlot& device, const InPlacePair& pair) {
  CHECK(device.active_bytes() == pair.base);
  CHECK(device.store().active().state == ModelState::reverted);
  CHECK(device.store().verify_active() == Status::ok);
  CHECK_FALSE(device.updater().is_pending());
  CHECK(device.store().revert() == Status::nothing_to_revert);
  CHECK(device.boot() == Status::ok);
  CHECK(device.active_bytes() == pair.base);
  CHECK(device.flash().violation() == "");
}

}  // namespace tmd::test
