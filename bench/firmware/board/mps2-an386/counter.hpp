// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "registers.hpp"

namespace board {

/// Counts executed instructions, where QEMU runs with `-icount shift=7`: each then takes 128 ns of the
/// board's time, which the CMSDK APB timer measures in ticks of 40 ns (Arm DAI 0386, 25 MHz). Counts to 1,300
/// million.
class InstructionCounter {
 public:
  InstructionCounter() {
    word(kReload) = 0xFFFFFFFFU;
    word(kValue) = 0xFFFFFFFFU;
    word(kControl) = 1;
  }
  std::uint32_t instructions() const {
    const std::uint64_t ticks = 0xFFFFFFFFU - word(kValue);
    return static_cast<std::uint32_t>(ticks * 40 / 128);
  }

 private:
  static constexpr std::uintptr_t kTimer0 = 0x40000000;
  static constexpr std::uintptr_t kControl = kTimer0 + 0x0;
  static constexpr std::uintptr_t kValue = kTimer0 + 0x4;
  static constexpr std::uintptr_t kReload = kTimer0 + 0x8;
};

}  // namespace board
