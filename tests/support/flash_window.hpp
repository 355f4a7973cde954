// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "support/simulated_flash.hpp"

namespace tmd::test {

/// One chip of a simulated flash behind a driver of its own, with addresses from 0. A Flash policy.
class FlashWindow {
 public:
  static constexpr std::uint32_t kLargestProgramUnit = SimulatedFlash::kLargestProgramUnit;

  FlashWindow(SimulatedFlash& flash, Region region) : flash_(flash), region_(region) {}

  std::uint32_t size() const { return region_.size; }
  std::uint32_t erase_size(std::uint32_t address) const {
    return flash_.erase_size(region_.address + address);
  }
  std::uint32_t program_size(std::uint32_t address) const {
    return flash_.program_size(region_.address + address);
  }
  Status read(std::uint32_t address, MutableBytes out) { return flash_.read(region_.address + address, out); }
  Status program(std::uint32_t address, ConstBytes bytes) {
    return flash_.program(region_.address + address, bytes);
  }
  Status erase(std::uint32_t address) { return flash_.erase(region_.address + address); }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return flash_.is_blank(region_.address + address, length, blank);
  }

 private:
  SimulatedFlash& flash_;
  Region region_;
};

}  // namespace tmd::test
