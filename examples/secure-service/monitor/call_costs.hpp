// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "semihosting.hpp"

/// What the service's calls cost: instructions between the veneer and the answer, and how deep the secure stack got.
/// QEMU must run with `-icount shift=7`: an instruction then takes 128 ns, and a tick of the timer 50 (20 MHz, Arm
/// DAI 0505). All zero where nothing was called.
class CallCosts {
 public:
  static constexpr std::size_t kTypes = 11;

  void begin() {
    timer(kReload) = 0xFFFFFFFFU;
    timer(kValue) = 0xFFFFFFFFU;
    timer(kControl) = 1;
  }
  void end(std::size_t type) {
    const std::uint64_t ticks = 0xFFFFFFFFU - timer(kValue);
    if (type >= kTypes) return;
    const auto instructions = static_cast<std::uint32_t>(ticks * 50 / 128);
    ++calls_[type];
    sum_[type] += instructions;
    if (instructions > most_[type]) most_[type] = instructions;
  }

  /// A line for each call that came: its name, instructions on average and at most.
  void print(const char* const (&names)[kTypes]) const {
    for (std::size_t type = 0; type < kTypes; ++type) {
      if (calls_[type] == 0) continue;
      semihosting::write("cost\t");
      semihosting::write(names[type]);
      semihosting::write("\t");
      semihosting::write(static_cast<std::uint32_t>(sum_[type] / calls_[type]));
      semihosting::write("\t");
      semihosting::write(most_[type]);
      semihosting::write("\n");
    }
  }

 private:
  static constexpr std::uintptr_t kTimer0 = 0x50000000, kControl = 0, kValue = 4, kReload = 8;
  static volatile std::uint32_t& timer(std::uintptr_t offset) {
    return *reinterpret_cast<volatile std::uint32_t*>(kTimer0 + offset);
  }

  std::uint32_t calls_[kTypes] = {}, most_[kTypes] = {};
  std::uint64_t sum_[kTypes] = {};
};
