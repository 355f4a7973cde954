// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

inline std::uint32_t save_and_disable_interrupts() {
  std::uint32_t status;
  __asm volatile("mrs %0, primask\n\tcpsid i" : "=r"(status) : : "memory");
  return status;
}
inline void restore_interrupts(std::uint32_t status) {
  __asm volatile("msr primask, %0" : : "r"(status) : "memory");
}
