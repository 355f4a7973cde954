// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "registers.hpp"

namespace board {

/// Counts executed instructions, where QEMU runs with `-icount shift=7`: each then takes 128 ns of the
/// board's time, which TIMER0 measures in ticks of 62.5 ns (nRF51 Series Reference Manual, chapter 18).
/// Counts to 2,000 million.
class InstructionCounter {
 public:
  InstructionCounter() {
    constexpr std::uint32_t kWidth32 = 3;
    word(kStop) = 1;
    word(kMode) = 0;
    word(kBitMode) = kWidth32;
    word(kPrescaler) = 0;
    word(kClear) = 1;
    word(kStart) = 1;
  }
  std::uint32_t instructions() const {
    word(kCapture0) = 1;
    const std::uint64_t ticks = word(kCompare0);
    return static_cast<std::uint32_t>(ticks * 125 / 256);
  }

 private:
  static constexpr std::uintptr_t kTimer0 = 0x40008000;
  static constexpr std::uintptr_t kStart = kTimer0 + 0x000;
  static constexpr std::uintptr_t kStop = kTimer0 + 0x004;
  static constexpr std::uintptr_t kClear = kTimer0 + 0x00C;
  static constexpr std::uintptr_t kCapture0 = kTimer0 + 0x040;
  static constexpr std::uintptr_t kMode = kTimer0 + 0x504;
  static constexpr std::uintptr_t kBitMode = kTimer0 + 0x508;
  static constexpr std::uintptr_t kPrescaler = kTimer0 + 0x510;
  static constexpr std::uintptr_t kCompare0 = kTimer0 + 0x540;
};

}  // namespace board
