// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <hardware/flash.h>
inline std::uint32_t save_and_disable_interrupts() {
  return pico_masked++;
}
inline void restore_interrupts(std::uint32_t state) {
  pico_masked = state;
}
