// SPDX-License-Identifier: Apache-2.0
// What runs before main on a Cortex-M: the vector table, memory as C++ expects it, constructors.
#include <cstdint>

#include "semihosting.hpp"

extern "C" {
// From the linker script.
extern std::uint32_t stack_top[];
extern std::uint32_t data_image[];
extern std::uint32_t data_start[];
extern std::uint32_t data_end[];
extern std::uint32_t bss_start[];
extern std::uint32_t bss_end[];
using Constructor = void (*)();
extern Constructor constructors_start[];
extern Constructor constructors_end[];

int main();
[[noreturn]] void reset_handler();
[[noreturn]] void fault_handler();
}

void reset_handler() {
  const std::uint32_t* from = data_image;
  for (std::uint32_t* to = data_start; to != data_end; ++to) *to = *from++;
  for (std::uint32_t* to = bss_start; to != bss_end; ++to) *to = 0;
  for (Constructor* constructor = constructors_start; constructor != constructors_end; ++constructor) {
    (*constructor)();
  }
  semihosting::exit(static_cast<std::uintptr_t>(main()));
}

void fault_handler() {
  semihosting::write("fault\n");
  semihosting::exit(70);
}

namespace {

using Handler = void (*)();

/// Arm v7-M Architecture Reference Manual, B1.5.2; the first two are the stack pointer and the entry.
struct VectorTable {
  std::uint32_t* stack;
  Handler reset;
  Handler exceptions[14];
};

}  // namespace

extern "C" __attribute__((section(".vectors"), used))
const VectorTable vector_table = {stack_top,
                                  reset_handler,
                                  {fault_handler, fault_handler, fault_handler, fault_handler, fault_handler,
                                   fault_handler, fault_handler, fault_handler, fault_handler, fault_handler,
                                   fault_handler, fault_handler, fault_handler, fault_handler}};
