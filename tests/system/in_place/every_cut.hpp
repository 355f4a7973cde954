// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>

#include "device/one_slot.hpp"

namespace tmd::test {

/// A model of so many bytes, and a target of which the first block stays, some change where they are, and the rest
/// moves by a few bytes.
struct CutPair {
  Bytes base;
  Bytes target;

  explicit CutPair(std::size_t length) : base(random_bytes(length, 1)), target(base) {
    const Bytes other = random_bytes(length / 6, 2);
    std::copy(other.begin(), other.end(), target.begin() + static_cast<std::ptrdiff_t>(length / 4));
    target.insert(target.begin() + static_cast<std::ptrdiff_t>(length / 2), other.begin(),
                  other.begin() + 20);
  }
};

/// Applies what is staged. Cells that change by themselves may lose a fragment that was there: it comes again.
template <class Device>
Status apply_with_sender(Device& device) {
  Status status = device.apply();
  for (int i = 0; i < 20 && status == Status::not_found; ++i) {
    status = device.receive();
    REQUIRE(status == Status::ok);  // apart: an assertion would keep a power cut to itself
    status = device.apply();
  }
  return status;
}

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
