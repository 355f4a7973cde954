// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <cstdint>

#include "device/one_slot.hpp"

namespace tmd::test {

/// Cuts operations of a life in every way: all of them with `stride` 1, else one in so many. `live()` is a device's
/// life on this flash; `go_on(left, operation, life)` that of one that finds what the cut left. Says how many these
/// were.
template <class Live, class GoOn>
std::uint32_t cut_everywhere(WideFlash& flash, unsigned stride, const Live& live, const GoOn& go_on) {
  std::uint32_t lives = 0;
  SimulatedFlash::Watcher watcher = [&](const SimulatedFlash& now, const FlashOperation& operation) {
    for (unsigned way = 0; way < kCutPositions; ++way) {
      for (unsigned torn = 0; torn < kTornKinds; ++torn) {
        if ((now.operations() + way * kTornKinds + torn) % stride != 0) continue;
        const Cut cut = {static_cast<CutPosition>(way), static_cast<Torn>(torn)};
        CAPTURE(now.operations());
        CAPTURE(way);
        CAPTURE(torn);
        WideFlash left = static_cast<const WideFlash&>(now);
        left.watch(nullptr);
        left.reseed(++lives);
        left.tear(operation, cut);
        left.reboot();
        go_on(left, operation, lives);
      }
    }
  };
  flash.watch(&watcher);
  live();
  flash.watch(nullptr);
  return lives;
}

/// Lives on until power is cut once, somewhere in the next operations. True where it was.
template <class Device, class Live>
bool is_cut_once(Device& device, std::uint32_t seed, std::uint32_t operations, const Live& live) {
  Chance chance(seed);
  const Cut cut = {static_cast<CutPosition>(chance.below(kCutPositions)),
                   static_cast<Torn>(chance.below(kTornKinds))};
  device.flash().reset_operations();
  device.flash().cut_at(chance.below(operations), cut);
  CAPTURE(seed);
  try {
    live();
  } catch (const PowerCut&) {
    device.flash().reboot();
    return true;
  }
  return false;
}

}  // namespace tmd::test
