// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// Arm semihosting: how a program without any peripheral talks to the debugger or emulator that runs it.
/// (Arm, "Semihosting for AArch32 and AArch64", operation numbers in chapter 5.)
namespace semihosting {

inline std::uintptr_t call(std::uintptr_t operation, const void* argument) {
  register std::uintptr_t r0 __asm("r0") = operation;
  register const void* r1 __asm("r1") = argument;
  __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

/// Prints text on the debugger's console.
inline void write(const char* text) {
  constexpr std::uintptr_t kWrite0 = 0x04;
  call(kWrite0, text);
}

inline void write(std::uint32_t number) {
  char digits[11] = {};
  char* first = digits + sizeof(digits) - 1;
  do {
    *--first = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  write(first);
}

/// Ends the emulator with this exit code.
[[noreturn]] inline void exit(std::uintptr_t code) {
  constexpr std::uintptr_t kExitExtended = 0x20;
  constexpr std::uintptr_t kApplicationExit = 0x20026;
  const std::uintptr_t block[2] = {kApplicationExit, code};
  call(kExitExtended, block);
  for (;;) {
  }
}

}  // namespace semihosting
