// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/flash.hpp"

// From the linker script and the startup code.
extern "C" std::uint32_t stack_top[];
extern "C" void reset_handler();

namespace board {

/// Begins anew as after a reset: the startup code runs with an empty stack, and forgets what was in RAM. The chip's own
/// reset would do; but at that the emulator loads the program again, and with it the factory model over the slot.
[[noreturn]] inline void restart() {
  __asm volatile("msr msp, %0\n bx %1" : : "r"(stack_top), "r"(reset_handler));
  for (;;) {
  }
}

/// A flash driver whose power can be cut, for the example's sake.
template <class Driver>
class PowerCut : public Driver {
 public:
  /// The next `program` does half of its work; then the device restarts.
  void cut_soon() { is_due_ = true; }

  tmd::Status program(std::uint32_t address, tmd::ConstBytes bytes) {
    if (!is_due_) return Driver::program(address, bytes);
    (void)Driver::program(address, bytes.first(bytes.size() / 8 * 4));
    restart();
  }

 private:
  bool is_due_ = false;
};

}  // namespace board
