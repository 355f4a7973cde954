// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "registers.hpp"

/// The first CMSDK APB UART of Arm's MPS2 boards (Arm DDI 0479, section 4.3). Its interrupt ends a sleep and is never
/// taken: there is no handler.
class Uart {
 public:
  Uart() {
    asm volatile("cpsid i" ::: "memory");
    word(kDivisor) = 25'000'000 / 115'200;
    word(kControl) = 3 | kReceiveInterrupt << 2;  // send and receive
    board::word(kInterruptEnable) = kLine;
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
  /// Until there is a byte. One that comes in before it sleeps ends the sleep, too.
  void sleep() {
    asm volatile("wfi" ::: "memory");
    // In this order: a byte that comes in between is read before the next sleep, and another one raises the line again.
    board::word(kInterruptClear) = kLine;
    word(kInterruptState) = kReceiveInterrupt;
  }

 private:
  static volatile std::uint32_t& word(std::uintptr_t offset) { return board::word(0x40004000 + offset); }
  static constexpr std::uintptr_t kData = 0x0;
  static constexpr std::uintptr_t kState = 0x4;
  static constexpr std::uintptr_t kControl = 0x8;
  static constexpr std::uintptr_t kInterruptState = 0xC;
  static constexpr std::uintptr_t kDivisor = 0x10;
  static constexpr std::uint32_t kReceiveInterrupt = 2;
  // The interrupt controller: this UART's is line 0.
  static constexpr std::uintptr_t kInterruptEnable = 0xE000E100;
  static constexpr std::uintptr_t kInterruptClear = 0xE000E280;
  static constexpr std::uint32_t kLine = 1;
};
