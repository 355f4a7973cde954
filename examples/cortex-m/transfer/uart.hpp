// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "registers.hpp"

/// The first CMSDK APB UART of Arm's MPS2 boards (Arm DDI 0479, section 4.3), polled.
class Uart {
 public:
  Uart() {
    word(kDivisor) = 25'000'000 / 115'200;
    word(kControl) = 3;  // send and receive
  }

  bool receive(std::uint8_t& byte) {
    if ((word(kState) & 2U) == 0) return false;
    byte = static_cast<std::uint8_t>(word(kData));
    return true;
  }
  void send(std::uint8_t byte) {
    while ((word(kState) & 1U) != 0) {
    }
    word(kData) = byte;
  }

 private:
  static volatile std::uint32_t& word(std::uintptr_t offset) { return board::word(0x40004000 + offset); }
  static constexpr std::uintptr_t kData = 0x0;
  static constexpr std::uintptr_t kState = 0x4;
  static constexpr std::uintptr_t kControl = 0x8;
  static constexpr std::uintptr_t kDivisor = 0x10;
};
