// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "device/staged_patch.hpp"
#include "tmd/flash/counted_flash.hpp"
#include "tmd/flash/ram_flash.hpp"

namespace tmd::test {

using StagingRam = RamFlash<256 * 1024, 4096, 4>;
constexpr Region kStagingArea = {4096, 128 * 1024};

/// A staging area on counted RAM flash; `restart` loses what is in RAM.
template <class RamPart = StagingRam>
struct StagingBench {
  using Counter = CountedFlash<RamPart>;
  std::unique_ptr<RamPart> ram = std::make_unique<RamPart>();
  Counter flash{*ram};
  std::unique_ptr<FlashPort<Counter>> port;
  std::unique_ptr<Staging<Counter>> staging;
  Region area;

  explicit StagingBench(Region region = kStagingArea) : area(region) { restart(); }
  void restart() {
    staging.reset();
    port = std::make_unique<FlashPort<Counter>>(flash);
    staging = std::make_unique<Staging<Counter>>(*port, area);
  }
  Status open(const FragmentPlan& plan) {
    return patiently([&] { return staging->open(plan); });
  }
  Status store(std::uint32_t index, ConstBytes bytes) {
    return patiently([&] { return staging->store(index, bytes); });
  }
  /// Flips bits of one byte, as flash does that rots.
  void flip(std::uint32_t address, std::uint8_t bits) {
    const_cast<std::uint8_t*>(ram->data())[address] ^= bits;
  }
};

}  // namespace tmd::test
