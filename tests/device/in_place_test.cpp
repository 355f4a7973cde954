// SPDX-License-Identifier: Apache-2.0
#include "tmd/in_place.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "device/one_slot.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("a patch in place turns the only model into its target") {
  const Bytes base = random_bytes(5000, 1);
  Bytes target = base;
  const Bytes other = random_bytes(700, 2);
  std::copy(other.begin(), other.end(), target.begin() + 1500);
  target.insert(target.begin() + 3000, other.begin(), other.begin() + 100);
  OneSlot device(base, make_in_place(base, target, {256, 3, 2}));
  CHECK(device.boot() == Status::ok);
  CHECK(device.receive() == Status::ok);
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == target);
  CHECK(device.store().active().state == ModelState::confirmed);
}
