// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "registers.hpp"

namespace board {

/// Counts executed instructions, where QEMU runs with `-icount shift=7`: each then takes 128 ns of the
/// board's time, which the CMSDK APB timer at this address measures in ticks of so many nanoseconds. Counts to 1,300
/// million, with ticks of 40 ns.
template <std::uintptr_t kTimer0, std::uint32_t kTickNanoseconds>
class TimedInstructions {
 public:
  TimedInstructions() {
    word(kReload) = 0xFFFFFFFFU;
    word(kValue) = 0xFFFFFFFFU;
    word(kControl) = 1;
  }
  std::uint32_t instructions() const {
    const std::uint64_t ticks = 0xFFFFFFFFU - word(kValue);
    return static_cast<std::uint32_t>(ticks * kTickNanoseconds / 128);
  }

 private:
  static constexpr std::uintptr_t kControl = kTimer0 + 0x0;
  static constexpr std::uintptr_t kValue = kTimer0 + 0x4;
  static constexpr std::uintptr_t kReload = kTimer0 + 0x8;
};

/// Arm DAI 0386: 25 MHz.
using InstructionCounter = TimedInstructions<0x40000000, 40>;

}  // namespace board
